// Owns the web process of the ingest benchmark: the real web process, with one more route for the yardstick.

import { instantText } from '#actors/calendar/time.ts';
import { createHttpApp } from '#http/app.ts';
import { authorize } from '#http/authorize.ts';
import { BASE_PATH } from '#http/base-path.ts';
import { startServer } from '#http/server.ts';
import { systemClock } from '#runtime/clock.ts';
import { loadConfig } from '#runtime/config.ts';
import { startCore } from '#runtime/core.ts';
import { checkBody } from '#runtime/ingest/admit.ts';
import { parseUsageBody } from '#runtime/ingest/usage-body.ts';
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

/** What group commit is measured against: the same stack and checks, then one insert and one commit per request. */
app.post(`${BASE_PATH}/yardstick`, async (c) => {
  const caller = await authorize('ingestUsageEvents', c.req.header('authorization') ?? null, {
    apiKeys: core.apiKeys,
    operatorKey: config.operatorKey,
  });
  const body = parseUsageBody(await c.req.text());
  const checked = body.ok ? checkBody(body.events, body.shape) : body;
  if (!caller.ok || !checked.ok) return c.json({}, 400);
  const [event] = checked.events;
  if (event === undefined) return c.json({}, 400);
  const now = instantText(clock.wall());
  await core.sql`
    with scope as materialized (select set_config('app.tenant', ${caller.tenant}, true) as tenant_id)
    insert into usage_events (id, tenant_id, customer_id, source, event_id, type, event_time, received_at, properties, stored_at)
    select nextval('usage_event_id'), scope.tenant_id, ${event.customer}, ${event.source}, ${event.id}, ${event.type},
      ${event.time ?? now}::timestamptz, ${now}, ${event.text}::text::jsonb, ${now}
    from scope`;
  return c.json({}, 202);
});

const { port } = await startServer(app, { host: '127.0.0.1', port: 0 });
answerUsage(port);
