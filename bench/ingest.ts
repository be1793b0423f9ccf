// Measures ingest: events counted per second over HTTP in batches, against one COPY stream of the same rows into the same
// table; and single-event requests against one insert per request. Prints JSON lines; ratios are of one run.
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { Pool } from 'undici';
import { connectDatabase } from '#db/connection.ts';
import { inSystem, inTenant } from '#db/scope.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { benchDatabase } from './bench-database.ts';
import { startProcess } from './bench-process.ts';

const TENANT = 'ten_bench';
const EVENTS = Number(process.argv[2] ?? 100_000);
const BATCH = 100;
const BATCHES_IN_FLIGHT = 16;
const SINGLES = 20_000;
const SINGLES_IN_FLIGHT = 64;
const CUSTOMERS = 1_000;
const AT = '2023-11-01T00:00:00Z';

type Event = { id: string; type: string; customer: string; time: string; source: string; properties: object };

async function main(): Promise<void> {
  const database = await benchDatabase('ingest_bench');
  const sql = connectDatabase({ url: database.url, max: 2, name: 'bench' });
  await seed(sql);
  const env = { DATABASE_URL: database.url };
  const web = await startProcess('ingest-web-entry.ts', env);
  const worker = await startProcess('ingest-worker-entry.ts', env);
  const pool = new Pool(`http://127.0.0.1:${web.port}`, { connections: 64, pipelining: 1 });
  try {
    await warm(pool, sql);
    for (const meters of [1, 3]) await batches({ pool, sql, web, worker, database, meters });
    await singles({ pool, sql, web, worker });
  } finally {
    await pool.close();
    await worker.stop();
    await web.stop();
    await sql.end();
    await database.stop();
  }
}

type Stage = {
  pool: Pool;
  sql: postgres.Sql;
  web: Awaited<ReturnType<typeof startProcess>>;
  worker: Awaited<ReturnType<typeof startProcess>>;
};

async function batches(stage: Stage & { database: { adminUrl: string }; meters: number }): Promise<void> {
  const { pool, sql, meters, web, worker } = stage;
  await empty(stage.database.adminUrl);
  const bodies: string[] = [];
  for (let from = 0; from < EVENTS; from += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => makeEvent(`b${meters}`, from + i, meters));
    bodies.push(JSON.stringify({ events }));
  }
  const before = [await web.usage(), await worker.usage()];
  const serverBefore = serverCpuSeconds();
  const startedAt = performance.now();
  const latencies = await send(pool, bodies, { inFlight: BATCHES_IN_FLIGHT, path: '/usage/events' });
  const accepted = performance.now() - startedAt;
  await drained(sql);
  const seconds = (performance.now() - startedAt) / 1_000;
  const server = serverCpuSeconds() - serverBefore;
  const after = [await web.usage(), await worker.usage()];
  await check(sql, meters);
  const copies = await copySeconds(stage.database.adminUrl);
  report({
    what: 'ingest over HTTP, counted',
    meters,
    events: EVENTS,
    batch: BATCH,
    acceptedPerSecond: Math.round(EVENTS / (accepted / 1_000)),
    perSecond: Math.round(EVENTS / seconds),
    copyPerSecond: copies.map((copy) => Math.round(EVENTS / copy)),
    ratio: round(median(copies) / seconds),
    ...quantiles(latencies),
    web: { ...after[0], cpuSeconds: round((after[0]?.cpuSeconds ?? 0) - (before[0]?.cpuSeconds ?? 0)) },
    worker: { ...after[1], cpuSeconds: round((after[1]?.cpuSeconds ?? 0) - (before[1]?.cpuSeconds ?? 0)) },
    postgresCpuSeconds: round(server),
  });
}

async function singles(stage: Stage): Promise<void> {
  const { pool, sql, web, worker } = stage;
  const bodies = (name: string): string[] =>
    Array.from({ length: SINGLES }, (_, i) => JSON.stringify(makeEvent(name, i, 1)));
  const run = async (
    name: string,
    path: string,
    headers = {},
  ): Promise<{ perSecond: number; p99: number; p50: number }> => {
    const startedAt = performance.now();
    const latencies = await send(pool, bodies(name), { inFlight: SINGLES_IN_FLIGHT, path, headers });
    const perSecond = Math.round(SINGLES / ((performance.now() - startedAt) / 1_000));
    await drained(sql);
    return { perSecond, ...quantiles(latencies) };
  };
  const yardstick = await run('y1', '/yardstick');
  const durable = await run('s1', '/usage/events');
  const after = await run('y2', '/yardstick');
  const answered = await run('s2', '/usage/events', { prefer: 'wait=10' });
  report({
    what: 'single events, 64 in flight',
    durable,
    answered,
    insertPerRequest: [yardstick, after],
    ratio: round((2 * durable.perSecond) / (yardstick.perSecond + after.perSecond)),
    web: await web.usage(),
    worker: await worker.usage(),
  });
}

/** Closed loop: so many in flight, no pause. Milliseconds each request took. Any answer but 2xx ends the benchmark. */
async function send(
  pool: Pool,
  bodies: readonly string[],
  { inFlight, path, headers = {} }: { inFlight: number; path: string; headers?: object },
): Promise<number[]> {
  const latencies: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const startedAt = performance.now();
      const answer = await pool.request({
        path,
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-tenant': TENANT,
          prefer: 'respond-async',
          ...headers,
        },
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text.slice(0, 500)}`);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return latencies;
}

function makeEvent(name: string, i: number, meters: number): Event {
  return {
    id: `${name}-${i}-${(i * 7919) % 104_729}`,
    source: 'gateway-eu-1',
    type: meters === 1 ? 'tokens' : 'llm.request',
    customer: `customer-${(i * 37) % CUSTOMERS}`,
    time: new Date(Date.parse('2026-11-16T18:00:00Z') + i * 70).toISOString(),
    properties: {
      contextTokens: (i * 31) % 4_000,
      generatedTokens: (i * 17) % 700,
      model: 'large-2',
      region: 'eu-west',
    },
  };
}

async function seed(sql: postgres.Sql): Promise<void> {
  await inTenant(sql, TENANT, async (tx) => {
    await tx`insert into tenants (id, name, sandbox, currency, zone, created_at) values (${TENANT}, 'bench', false, 'USD', 'UTC', ${AT})`;
    await tx`
      insert into customers (id, tenant_id, external_id, name, currency, zone, created_at, updated_at)
      select 'cus_' || lpad(i::text, 16, '0'), ${TENANT}, 'customer-' || i, 'c', 'USD', 'UTC', ${AT}, ${AT}
      from generate_series(0, ${CUSTOMERS - 1}::int) i`;
    const meter = (id: string, type: string, property: string | null): Promise<unknown> => tx`
      insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, created_at)
      values (${`mtr_${id.padStart(16, '0')}`}, ${TENANT}, ${id}, ${id}, ${type}, ${property === null ? 'count' : 'sum'}, ${property}, ${AT})`;
    await meter('0', 'tokens', 'contextTokens');
    await meter('1', 'llm.request', null);
    await meter('2', 'llm.request', 'contextTokens');
    await meter('3', 'llm.request', 'generatedTokens');
  });
}

async function warm(pool: Pool, sql: postgres.Sql): Promise<void> {
  for (const meters of [1, 3]) {
    const bodies = Array.from({ length: 100 }, (_, b) =>
      JSON.stringify({
        events: Array.from({ length: BATCH }, (_, i) => makeEvent(`w${meters}`, b * BATCH + i, meters)),
      }),
    );
    await send(pool, bodies, { inFlight: BATCHES_IN_FLIGHT, path: '/usage/events' });
  }
  await drained(sql);
}

async function drained(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const [row] = await inSystem(sql, (tx) => tx<{ n: string }[]>`select count(*) as n from usage_inbox`);
    if (row?.n === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A fast wrong number is a failure. */
async function check(sql: postgres.Sql, meters: number): Promise<void> {
  const [row] = await inSystem(
    sql,
    (tx) => tx<{ events: string; facts: string; rolled: string; failed: string }[]>`
      select (select count(*) from usage_events) as events, (select count(*) from meter_events) as facts,
        (select sum(event_count) from usage_rollups) as rolled`,
  );
  const expected = {
    events: String(EVENTS),
    facts: String(EVENTS * meters),
    rolled: String(EVENTS * meters),
  };
  if (JSON.stringify(row) !== JSON.stringify(expected)) throw new Error(`counted ${JSON.stringify(row)}`);
  const differences = await inTenant(sql, TENANT, (tx) => recountRollups(tx, TENANT));
  if (differences.length > 0) throw new Error(`rollups differ: ${JSON.stringify(differences[0])}`);
}

async function empty(adminUrl: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1 });
  await admin`truncate usage_events, meter_events, usage_rollups, usage_identity, ingest_requests, stale_usage`;
  await admin`checkpoint`;
  await admin.end();
}

/** Seconds that one COPY stream of the rows just counted takes into the same, emptied table; three times. */
async function copySeconds(adminUrl: string): Promise<number[]> {
  const admin = postgres(adminUrl, { max: 1 });
  const chunks: Buffer[] = [];
  for await (const chunk of await admin`copy (select * from usage_events order by id) to stdout`.readable()) {
    chunks.push(chunk as Buffer);
  }
  const seconds: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    await admin`truncate usage_events`;
    await admin`checkpoint`;
    const startedAt = performance.now();
    await pipeline(Readable.from(chunks), await admin`copy usage_events from stdin`.writable());
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  await admin.end();
  return seconds;
}

/** Processor seconds of all postgres processes of this machine, where /proc tells. */
function serverCpuSeconds(): number {
  try {
    return (
      Number(
        readFileSync('/proc/stat', 'utf8')
          .split('\n')[0]
          ?.split(/\s+/)
          .slice(1, 4)
          .reduce((a, b) => a + Number(b), 0),
      ) / 100
    );
  } catch {
    return 0;
  }
}

function quantiles(latencies: readonly number[]): { p50: number; p99: number } {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (part: number): number => round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function report(line: object): void {
  console.log(JSON.stringify(line));
}

await main();
