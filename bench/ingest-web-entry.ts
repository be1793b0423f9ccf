// Owns the web process of the ingest benchmark: the real web process, with one more route for the yardstick.

import type { Context } from 'hono';
import { instantText } from '#actors/calendar/time.ts';
import { inTenant } from '#db/scope.ts';
import { createHttpApp } from '#http/app.ts';
import { authorize } from '#http/authorize.ts';
import { BASE_PATH } from '#http/base-path.ts';
import { startServer } from '#http/server.ts';
import { systemClock } from '#runtime/clock.ts';
import { loadConfig } from '#runtime/config.ts';
import { startCore } from '#runtime/core.ts';
import { checkBody } from '#runtime/ingest/admit.ts';
import { parseUsageBody } from '#runtime/ingest/usage-body.ts';
import type { UsageEvent } from '#runtime/ingest/usage-event.ts';
import { createLog } from '#runtime/log.ts';
import { systemRandom } from '#runtime/random.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { startTelemetry } from '#runtime/telemetry.ts';
import { answerUsage } from './bench-process.ts';

const clock = systemClock();
const config = loadConfig(process.env);
const log = createLog({ level: 'warn', clock });
const shutdown = createShutdown({ timeoutMs: config.shutdownTimeoutMs, clock, log });
const telemetry = await startTelemetry(config.telemetry);
const databaseUrl = config.database.url ?? '';
const core = await startCore({
  config,
  databaseUrl,
  role: 'web',
  clock,
  random: systemRandom(),
  log,
  shutdown,
});
const readiness = async () => ({ ready: true, checks: {} }) as never;
const app = createHttpApp({ ...core, operatorKey: config.operatorKey, telemetry, readiness });

type Checked = { tenant: string; event: UsageEvent; now: string };

/** The same stack and checks as ingest, up to the write; undefined if anything is wrong. */
async function checked(c: Context): Promise<Checked | undefined> {
  const { apiKeys } = core;
  const keys = { apiKeys, operatorKey: config.operatorKey };
  const caller = await authorize('ingestUsageEvents', c.req.header('authorization') ?? null, keys);
  const body = parseUsageBody(await c.req.text());
  const events = body.ok ? checkBody(body.events, body.shape) : body;
  const event = events.ok ? events.events[0] : undefined;
  if (!caller.ok || event === undefined) return undefined;
  return { tenant: caller.tenant, event, now: instantText(clock.wall()) };
}

/** What group commit is measured against: a transaction in the tenant's scope per request, as every other write has it. */
app.post(`${BASE_PATH}/yardstick`, async (c) => {
  const request = await checked(c);
  if (request === undefined) return c.json({}, 400);
  const { tenant, event, now } = request;
  await inTenant(
    core.sql,
    tenant,
    (tx) => tx`
      insert into usage_events (id, tenant_id, customer_id, source, event_id, type, event_time, received_at, properties, stored_at)
      values (nextval('usage_event_id'), ${tenant}, ${event.customer}, ${event.source}, ${event.id}, ${event.type},
        ${event.time ?? now}, ${now}, ${event.text}::text::jsonb, ${now})`,
  );
  return c.json({}, 202);
});

/** The most that one insert per request can be: scope, insert and commit in one statement and one round trip. */
app.post(`${BASE_PATH}/yardstick/one-statement`, async (c) => {
  const request = await checked(c);
  if (request === undefined) return c.json({}, 400);
  const { tenant, event, now } = request;
  await core.sql`
    with scope as materialized (select set_config('app.tenant', ${tenant}, true) as tenant_id)
    insert into usage_events (id, tenant_id, customer_id, source, event_id, type, event_time, received_at, properties, stored_at)
    select nextval('usage_event_id'), scope.tenant_id, ${event.customer}, ${event.source}, ${event.id}, ${event.type},
      ${event.time ?? now}::timestamptz, ${now}, ${event.text}::text::jsonb, ${now}
    from scope`;
  return c.json({}, 202);
});

const { port } = await startServer(app, { host: '127.0.0.1', port: 0 });
answerUsage(port);
