// Measures webhooks: events from the outbox to fast endpoints, recorded, per second, alone and while a fifth of all endpoints
// hang, through relay, queue and dispatcher. Prints JSON lines; the ratio is of one run.
import { createHash } from 'node:crypto';
import { connectDatabase } from '#db/connection.ts';
import { inSystem, inTenant, type Sql } from '#db/scope.ts';
import { insertWebhookEndpoint } from '#db/webhook-endpoints.ts';
import { notifyJob } from '#jobs/notify.ts';
import { webhookDispatchJob } from '#jobs/webhook-dispatch.ts';
import { createRelay } from '#notifications/relay.ts';
import { createDispatcher } from '#notifications/webhooks/dispatcher.ts';
import { createRecorder } from '#notifications/webhooks/recorder.ts';
import { createSender } from '#notifications/webhooks/sender.ts';
import { systemClock } from '#runtime/clock.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { startWorkers } from '#runtime/queues/workers.ts';
import { systemRandom } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { benchDatabase } from './bench-database.ts';
import { startProcess } from './bench-process.ts';

const EVENTS = Number(process.argv[2] ?? 2_000);
const FAST = 16;
const HANGING = 4;
const ROUNDS = 4;
const APPLICATION_CONNECTIONS = 5;

const clock = systemClock();
const random = systemRandom();
const ids = createIds({ clock, random });
const log = createLog({ level: 'error', clock, write: (line) => process.stderr.write(line) });
const box = createSecretBox({ key: createHash('sha256').update('bench').digest(), random });
const metrics = createMetrics();

type Stage = { sql: Sql; databaseUrl: string; redisUrl: string | undefined; sinkPort: number };

async function main(): Promise<void> {
  const database = await benchDatabase('webhook_bench');
  const sink = await startProcess('webhook-sink-entry.ts', {});
  const sql = connectDatabase({ url: database.url, max: APPLICATION_CONNECTIONS, name: 'bench' });
  const redisUrl = process.env['REDIS_URL'];
  try {
    const backends = redisUrl === undefined ? [undefined] : [undefined, redisUrl];
    for (const url of backends) {
      await measure({ sql, databaseUrl: database.url, redisUrl: url, sinkPort: sink.port });
    }
  } finally {
    await sql.end();
    await sink.stop();
    await database.stop();
  }
}

async function measure(stage: Stage): Promise<void> {
  const queue = stage.redisUrl === undefined ? 'postgres' : 'redis';
  await rate(stage, 0);
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await rate(stage, 0));
    beside.push(await rate(stage, HANGING));
  }
  // The best of some rounds: what else the machine does only ever slows a round down.
  const figures = { alonePerSecond: Math.max(...alone), besideHangingPerSecond: Math.max(...beside) };
  const shape = { queue, alone, beside, events: EVENTS, fastEndpoints: FAST, hangingEndpoints: HANGING };
  const rssMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const ratio = Number((figures.besideHangingPerSecond / figures.alonePerSecond).toFixed(2));
  console.log(JSON.stringify({ bench: 'webhooks', ...shape, ...figures, ratio, goal: 0.8, rssMb }));
}

/** Deliveries to fast endpoints per second, until the last is recorded. */
async function rate(stage: Stage, hanging: number): Promise<number> {
  const { sql, sinkPort } = stage;
  const tenant = ids('ten');
  await seedTenant(sql, tenant);
  const base = `http://127.0.0.1:${sinkPort}`;
  const fast: string[] = [];
  for (let n = 0; n < FAST; n += 1) fast.push(await seedEndpoint(sql, tenant, `${base}/fast`));
  for (let n = 0; n < hanging; n += 1) await seedEndpoint(sql, tenant, `${base}/hang`);
  await seedEvents(sql, tenant);
  const engine = await startEngine(stage);
  const startedMs = clock.monotonicMs();
  await engine.ring();
  while (await isWaiting(sql, fast)) await clock.sleep(50);
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  await engine.close();
  await inSystem(
    sql,
    (tx) => tx`update webhook_endpoints set status = 'deleted' where tenant_id = ${tenant}`,
  );
  return Math.round((EVENTS * FAST) / seconds);
}

async function startEngine({ sql, databaseUrl, redisUrl }: Stage) {
  const backend = createQueueBackend({ redisUrl, databaseUrl, workers: 2, clock, log });
  const bell = createBell({ backend, clock, log });
  const sender = createSender({ clock, log, allowPrivate: true });
  const recorder = createRecorder({ sql, clock, ids, random, bell, log, metrics });
  const dispatcher = createDispatcher({ sql, clock, bell, box, sender, recorder });
  const relay = createRelay({ sql, clock, ids, bell, log, mailFrom: undefined });
  const none = async (): Promise<void> => {};
  const workers = await startWorkers({
    backend,
    queues: ['notify', 'webhook-dispatch'],
    processors: {
      ingest: none,
      advance: none,
      invoice: none,
      collect: none,
      notify: notifyJob({ relay, mails: undefined }),
      'webhook-dispatch': webhookDispatchJob({ dispatcher }),
    },
    clock,
    log,
  });
  return {
    ring: () => bell.ring([{ queue: 'notify', tenant: '*', key: 'outbox' }]),
    async close() {
      await workers.close();
      await bell.close();
      await backend.close();
      await sender.close();
    },
  };
}

async function isWaiting(sql: Sql, endpoints: readonly string[]): Promise<boolean> {
  const rows = await inSystem(
    sql,
    (tx) => tx`
      select 1 from outbox union all (select 1 from webhook_deliveries
        where endpoint_id = any(${[...endpoints]}::text[]) and status = 'pending' limit 1) limit 1`,
  );
  return rows.length > 0;
}

async function seedTenant(sql: Sql, id: string): Promise<void> {
  const at = clock.wall().toString();
  await inTenant(
    sql,
    id,
    (tx) => tx`insert into tenants (id, name, sandbox, currency, zone, created_at)
      values (${id}, ${id}, false, 'USD', 'UTC', ${at})`,
  );
}

async function seedEndpoint(sql: Sql, tenantId: string, url: string): Promise<string> {
  const id = ids('whe');
  const secret = box.seal(`whsec_${Buffer.from(random.bytes(32)).toString('base64')}`, id);
  const row = {
    id,
    tenantId,
    url,
    secret,
    eventTypes: [],
    concurrency: 5,
    createdAt: clock.wall().toString(),
  };
  await inTenant(sql, tenantId, (tx) => insertWebhookEndpoint(tx, row));
  return id;
}

/** Events of about 600 bytes, as an invoice of three lines has. */
async function seedEvents(sql: Sql, tenantId: string): Promise<void> {
  const at = clock.wall().toString();
  const data = JSON.stringify({ number: 'INV-1', total: '123456', lines: 'x'.repeat(400) });
  await inTenant(sql, tenantId, async (tx) => {
    await tx`
      insert into billing_events (id, tenant_id, type, object_type, object_id, data, occurred_at, created_at)
      select ${`evt_${tenantId}`} || n, ${tenantId}, 'billing.invoice.paid', 'invoice', 'inv_' || n, ${data}::text::jsonb, ${at}, ${at}
      from generate_series(1, ${EVENTS}::integer) n`;
    await tx`
      insert into outbox (event_id, tenant_id, created_at)
      select id, tenant_id, created_at from billing_events where tenant_id = ${tenantId}`;
  });
}

await main();
