// Owns the web process of the ingest benchmark: one route over accept, and the yardstick of one insert per request.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { connectDatabase } from '#db/connection.ts';
import { inTenant } from '#db/scope.ts';
import { systemClock } from '#runtime/clock.ts';
import { createIngest } from '#runtime/ingest/ingest.ts';
import { parseUsageBody } from '#runtime/ingest/usage-body.ts';
import { createLog } from '#runtime/log.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';

const clock = systemClock();
const log = createLog({ level: 'warn', clock });
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const sql = connectDatabase({ url: databaseUrl, max: 5, name: 'bench web' });
const backend = createQueueBackend({
  redisUrl: process.env['REDIS_URL'],
  databaseUrl,
  workers: 0,
  clock,
  log,
});
const bell = createBell({ backend, clock, log });
const ingest = createIngest({ sql, clock, bell, log });

const app = new Hono();
app.post('/usage/events', async (c) => {
  const body = parseUsageBody(await c.req.text(), c.req.header('content-type'));
  if (!body.ok) return c.json({ errors: body.problems }, 400);
  const tenant = c.req.header('x-tenant') ?? '';
  const acceptance = await ingest.accept(tenant, body.events, { shape: body.shape });
  if (acceptance.kind === 'refused') return c.json({ errors: acceptance.problems }, 422);
  if (acceptance.kind === 'overloaded') return c.json({}, 503, { 'retry-after': '1' });
  if (c.req.header('prefer') === 'respond-async') return c.json({ id: acceptance.receipt.id }, 202);
  const result = await ingest.wait(acceptance.receipt, 10_000);
  return c.json({ id: acceptance.receipt.id, results: result?.results }, result ? 200 : 202);
});

/** What group commit is measured against: the same stack, one insert and commit per request. */
app.post('/yardstick', async (c) => {
  const event = await c.req.json<Record<string, string>>();
  const now = clock.wall().toString();
  await inTenant(
    sql,
    c.req.header('x-tenant') ?? '',
    (tx) => tx`
      insert into usage_events (id, tenant_id, customer_id, source, event_id, type, event_time, received_at, properties, stored_at)
      values (nextval('usage_event_id'), ${c.req.header('x-tenant') ?? ''}, ${event['customer'] ?? ''}, '', ${event['id'] ?? ''},
        ${event['type'] ?? ''}, ${event['time'] ?? ''}, ${now}, ${tx.json(event['properties'] as never)}, ${now})`,
  );
  return c.json({}, 202);
});

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
  process.send?.({ port: info.port }),
);
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ rss: process.memoryUsage.rss(), cpu: process.cpuUsage() });
});
process.on('disconnect', () => {
  server.close();
  void ingest.close().then(() => process.exit(0));
});
