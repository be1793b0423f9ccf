// Measures ingest: events counted per second over HTTP in batches, against one COPY stream of the same rows into the same
// table; and single-event requests against one insert per request. Prints JSON lines; each ratio is of one run.
import { tmpdir } from 'node:os';
import type postgres from 'postgres';
import { Pool } from 'undici';
import { connectDatabase } from '#db/connection.ts';
import { benchDatabase } from './bench-database.ts';
import { type BenchProcess, startProcess } from './bench-process.ts';
import {
  bytesPerEvent,
  check,
  copySeconds,
  drained,
  empty,
  makeEvent,
  seedTenant,
  send,
  serverCpuSeconds,
  type Tenant,
} from './ingest-stage.ts';
import { median } from './median.ts';

const EVENTS = Number(process.argv[2] ?? 100_000);
const BATCH = 100;
const BATCHES_IN_FLIGHT = 16;
const TURNS = 3;
const SINGLES = 20_000;
const SINGLES_IN_FLIGHT = 64;
const OPERATOR_KEY = 'operator-key-of-the-benchmark';

type Stage = {
  pool: Pool;
  sql: postgres.Sql;
  adminUrl: string;
  tenant: Tenant;
  web: BenchProcess;
  worker: BenchProcess;
};

async function main(): Promise<void> {
  const database = await benchDatabase('ingest_bench');
  const sql = connectDatabase({ url: database.url, max: 2, name: 'bench' });
  const env = {
    DATABASE_URL: database.url,
    ACCRUE_OPERATOR_KEY: OPERATOR_KEY,
    ACCRUE_DATA_DIR: tmpdir(),
    LOG_LEVEL: 'warn',
    PORT: '0',
  };
  const web = await startProcess('ingest-web-entry.ts', env);
  const worker = await startProcess('ingest-worker-entry.ts', env);
  const baseUrl = `http://127.0.0.1:${web.port}`;
  const pool = new Pool(baseUrl, { connections: SINGLES_IN_FLIGHT, pipelining: 1 });
  try {
    const tenant = await seedTenant(sql, baseUrl, OPERATOR_KEY);
    const stage = { pool, sql, adminUrl: database.adminUrl, tenant, web, worker };
    for (const meters of [1, 3, 5])
      await send(pool, batchBodies(`warm${meters}`, 20_000, meters), batchLoad(tenant));
    const only = process.argv[3];
    if (only === undefined || only === 'batches')
      for (const meters of [1, 3, 5]) await batches(stage, meters);
    if (only === undefined || only === 'meters') await fiveAgainstOne(stage);
    if (only === undefined || only === 'singles') await singles(stage);
  } finally {
    await pool.close();
    await worker.stop();
    await web.stop();
    await sql.end();
    await database.stop();
  }
}

async function batches(stage: Stage, meters: number): Promise<void> {
  const { pool, sql, web, worker, tenant } = stage;
  await drained(sql);
  await empty(stage.adminUrl);
  const bodies = batchBodies(`b${meters}`, EVENTS, meters);
  const before = await cpuSeconds(stage);
  const startedAt = performance.now();
  const latencies = await send(pool, bodies, batchLoad(tenant));
  const accepted = (performance.now() - startedAt) / 1_000;
  await drained(sql);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = spent(before, await cpuSeconds(stage), EVENTS);
  await check(sql, tenant, { events: EVENTS, facts: EVENTS * meters });
  const bytes = await bytesPerEvent(sql, EVENTS);
  const copies = await copySeconds(stage.adminUrl);
  console.log(
    JSON.stringify({
      bench: 'ingest over HTTP, counted',
      events: EVENTS,
      batch: BATCH,
      meters,
      acceptedPerSecond: Math.round(EVENTS / accepted),
      perSecond: Math.round(EVENTS / seconds),
      copyPerSecond: copies.map((copy) => Math.round(EVENTS / copy)),
      ratio: round(median(copies) / seconds),
      ...quantiles(latencies),
      cpuMicrosecondsPerEvent: cpu,
      bytesPerEvent: bytes,
      rssMb: { web: (await web.usage()).rssMb, worker: (await worker.usage()).rssMb },
    }),
  );
}

/** What each of five meters that match an event costs: events per second with one and with five, in turns. */
async function fiveAgainstOne(stage: Stage): Promise<void> {
  const { pool, sql, tenant } = stage;
  const run = async (name: string, meters: number) => {
    await drained(sql);
    await empty(stage.adminUrl);
    const bodies = batchBodies(name, EVENTS, meters);
    const before = await cpuSeconds(stage);
    const startedAt = performance.now();
    await send(pool, bodies, batchLoad(tenant));
    await drained(sql);
    const perSecond = Math.round((EVENTS / (performance.now() - startedAt)) * 1_000);
    const parts = spent(before, await cpuSeconds(stage), EVENTS);
    await check(sql, tenant, { events: EVENTS, facts: EVENTS * meters });
    return { perSecond, parts, cpu: parts.web + parts.worker + parts.postgres };
  };
  const rounds = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    rounds.push({ one: await run(`one${turn}`, 1), five: await run(`five${turn}`, 5) });
  }
  console.log(
    JSON.stringify({
      bench: 'ingest, five meters an event against one',
      events: EVENTS,
      onePerSecond: rounds.map(({ one }) => one.perSecond),
      fivePerSecond: rounds.map(({ five }) => five.perSecond),
      cpuMicrosecondsPerEvent: rounds.map(({ one, five }) => ({ one: one.parts, five: five.parts })),
      ratio: round(median(rounds.map(({ one, five }) => five.perSecond / one.perSecond))),
      cpuRatio: round(median(rounds.map(({ one, five }) => one.cpu / five.cpu))),
      reach: 0.4,
    }),
  );
}

/** So many requests of one event each. */
type Single = { perSecond: number; p50Ms: number; p99Ms: number; cpuMicroseconds: Cpu };

async function singles(stage: Stage): Promise<void> {
  const { pool, sql, web, worker, tenant } = stage;
  const run = async (name: string, path: string, prefer: string): Promise<Single> => {
    const bodies = Array.from({ length: SINGLES }, (_, i) => JSON.stringify(makeEvent(name, i, 1)));
    const cpuBefore = await cpuSeconds(stage);
    const startedAt = performance.now();
    const load = { inFlight: SINGLES_IN_FLIGHT, path, key: tenant.key, prefer };
    const latencies = await send(pool, bodies, load);
    const perSecond = Math.round(SINGLES / ((performance.now() - startedAt) / 1_000));
    await drained(sql);
    const cpuMicroseconds = spent(cpuBefore, await cpuSeconds(stage), SINGLES);
    return { perSecond, ...quantiles(latencies), cpuMicroseconds };
  };
  for (const path of ['/yardstick', '/usage/events']) await run(`warm${path}`, path, 'respond-async');
  const yardstick: Single[] = [];
  const durable: Single[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    yardstick.push(await run(`y${turn}`, '/yardstick', 'respond-async'));
    durable.push(await run(`s${turn}`, '/usage/events', 'respond-async'));
  }
  const oneStatement = await run('one', '/yardstick/one-statement', 'respond-async');
  const answered = await run('answered', '/usage/events', 'wait=10');
  const rate = medianRate(durable);
  console.log(
    JSON.stringify({
      bench: 'single events',
      requests: SINGLES,
      inFlight: SINGLES_IN_FLIGHT,
      ratio: round(rate / medianRate(yardstick)),
      reach: 1.5,
      p99Ms: median(durable.map(({ p99Ms }) => p99Ms)),
      reachMs: 30,
      durable,
      insertPerRequest: yardstick,
      insertPerRequestInOneStatement: oneStatement,
      ratioToOneStatement: round(rate / oneStatement.perSecond),
      answeredAfterCounting: answered,
      rssMb: { web: (await web.usage()).rssMb, worker: (await worker.usage()).rssMb },
    }),
  );
}

function medianRate(runs: readonly Single[]): number {
  return median(runs.map(({ perSecond }) => perSecond));
}

/** Where the machine's time went: web, worker, server, and this process, which is the load. */
type Cpu = { web: number; worker: number; postgres: number; client: number };

async function cpuSeconds({ web, worker, sql }: Stage): Promise<Cpu> {
  const own = process.cpuUsage();
  return {
    web: (await web.usage()).cpuSeconds,
    worker: (await worker.usage()).cpuSeconds,
    postgres: await serverCpuSeconds(sql),
    client: (own.user + own.system) / 1e6,
  };
}

/** Microseconds per event between two looks. */
function spent(before: Cpu, after: Cpu, events: number): Cpu {
  const part = (name: keyof Cpu): number => Math.round(((after[name] - before[name]) / events) * 1e7) / 10;
  return { web: part('web'), worker: part('worker'), postgres: part('postgres'), client: part('client') };
}

function batchLoad(tenant: Tenant) {
  return { inFlight: BATCHES_IN_FLIGHT, path: '/usage/events', key: tenant.key, prefer: 'respond-async' };
}

function batchBodies(name: string, count: number, meters: number): string[] {
  const bodies: string[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => makeEvent(name, from + i, meters));
    bodies.push(JSON.stringify({ events }));
  }
  return bodies;
}

function quantiles(latencies: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (part: number): number => round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

await main();
