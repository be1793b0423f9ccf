// Invoices closed, finalized and posted per second, through the queue, as a ratio to pgbench in the same run.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { connectDatabase } from '#db/connection.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { advanceJob } from '#jobs/advance.ts';
import { systemClock } from '#runtime/clock.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { KEYS_PER_RING_MAX, type Ring } from '#runtime/queues/ring.ts';
import { startWorkers } from '#runtime/queues/workers.ts';
import { systemRandom } from '#runtime/random.ts';
import { createPriceCache } from '#runtime/turn/price-cache.ts';
import { createTurns } from '#runtime/turn/turns.ts';
import { benchDatabase } from './bench-database.ts';
import { type SeedOptions, seedDueCustomers } from './invoice-seed.ts';
import { median } from './median.ts';
import { pgbench } from './yardstick.ts';

const CUSTOMERS = Number(process.argv[2] ?? 10_000);
const HISTORY_CUSTOMERS = Math.max(100, Math.round(CUSTOMERS / 20));
const YARDSTICK_SECONDS = 6;
/** Of a month start on each queue; the median counts. */
const ROUNDS = 3;
const POLL_MS_MIN = 10;
const POLL_SHARE = 0.1;
const clock = systemClock();
const log = createLog({ level: 'warn', clock, write: (line) => process.stderr.write(line) });

type Run = {
  tenant: string;
  customers: readonly string[];
  keysPerRing: number;
  redisUrl?: string | undefined;
};

/** `wholeHours`: as when the months of a calendar end, all at one midnight. */
type Measured = Omit<Run, 'customers'> & { wholeHours: boolean };

/** Rings for every customer and says invoices per second until the last is open. */
async function invoicesPerSecond(url: string, sql: Sql, run: Run): Promise<number> {
  const { tenant, customers, keysPerRing, redisUrl } = run;
  const backend = createQueueBackend({ redisUrl, databaseUrl: url, workers: QUEUE_NAMES.length, clock, log });
  const bell = createBell({ backend, clock, log });
  const ids = createIds({ clock, random: systemRandom() });
  const muted = { ring: async () => undefined, close: async () => undefined };
  const turns = createTurns({
    sql,
    clock,
    ids,
    gateways: ['fake'],
    prices: createPriceCache(),
    bell: muted,
    log,
    metrics: createMetrics(),
  });
  const nothing = async (): Promise<void> => undefined;
  const advance = advanceJob({
    turns,
    tenantTurns: { run: nothing },
    testClocks: { step: nothing },
    reprocessings: { run: nothing },
  });
  const processors = Object.fromEntries(QUEUE_NAMES.map((name) => [name, advance])) as Record<
    'advance',
    typeof advance
  >;
  const workers = await startWorkers({
    backend,
    queues: ['advance'],
    processors: processors as never,
    clock,
    log,
  });
  const started = performance.now();
  await bell.ring(ringsOf(tenant, customers, keysPerRing));
  for (let left = customers.length; left > 0; left = customers.length - (await openInvoices(sql, tenant))) {
    // Often near the end, so that it is seen, and seldom before, so that looking costs nothing.
    const elapsed = performance.now() - started;
    await clock.sleep(Math.max(POLL_MS_MIN, (POLL_SHARE * elapsed * left) / customers.length));
  }
  const seconds = (performance.now() - started) / 1000;
  await workers.close();
  await bell.close();
  await backend.close();
  return customers.length / seconds;
}

function ringsOf(tenant: string, customers: readonly string[], keysPerRing: number): Ring[] {
  const rings: Ring[] = [];
  for (let from = 0; from < customers.length; from += keysPerRing) {
    const keys = customers.slice(from, from + keysPerRing);
    const [key] = keys;
    if (key !== undefined) rings.push({ queue: 'advance', tenant, key, ...(keysPerRing > 1 && { keys }) });
  }
  return rings;
}

async function openInvoices(sql: Sql, tenant: string): Promise<number> {
  const [row] = await inTenant(
    sql,
    tenant,
    (tx) => tx<{ last: string }[]>`
    select coalesce(sum(last_number), 0) as last from number_series where tenant_id = ${tenant}`,
  );
  return Number(row?.last ?? 0);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A Redis of its own without persistence; undefined when the program is not installed. */
async function startRedis(): Promise<{ url: string; stop(): void } | undefined> {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
    stdio: 'ignore',
  });
  const failed = new Promise<boolean>((resolve) => child.once('error', () => resolve(true)));
  if (await Promise.race([failed, clock.sleep(500).then(() => false)])) return undefined;
  return { url: `redis://127.0.0.1:${port}`, stop: () => void child.kill() };
}

function report(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ bench: 'invoices', customers: CUSTOMERS, ...line })}\n`);
}

/** Invoices and transactions of the yardstick, both per second. */
type Figure = { rate: number; tps: number };

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

async function main(): Promise<void> {
  const database = await benchDatabase('bench_invoices');
  const sql = connectDatabase({ url: database.url, max: 5, name: 'bench turns' });
  const redis = await startRedis();
  const yardstick = await pgbench(database.url);
  const seed = (options: SeedOptions) => seedDueCustomers(database.adminUrl, clock, options);
  const measure = async (run: Measured): Promise<Figure> => {
    const { tenant, wholeHours } = run;
    // Around each measure, because a shared machine is another one a minute later; not behind the seed, which leaves the disk busy.
    const before = await yardstick.perSecond(YARDSTICK_SECONDS);
    const customers = await seed({ tenant, customers: CUSTOMERS, history: 20, wholeHours });
    const rate = await invoicesPerSecond(database.url, sql, { ...run, customers });
    return { rate, tps: (before + (await yardstick.perSecond(YARDSTICK_SECONDS))) / 2 };
  };
  const say = (name: string, reach: number, figures: readonly Figure[]): void => {
    const ratios = figures.map(({ rate, tps }) => rate / tps);
    report({
      measure: name,
      perSecond: round(median(figures.map(({ rate }) => rate)), 0),
      yardstick: yardstick.tool,
      yardstickPerSecond: round(median(figures.map(({ tps }) => tps)), 0),
      ratio: round(median(ratios)),
      ...(ratios.length > 1 && { rounds: ratios.map((ratio) => round(ratio)) }),
      reach,
    });
  };
  const queues = [
    { queue: 'postgres', redisUrl: undefined },
    ...(redis === undefined ? [] : [{ queue: 'redis', redisUrl: redis.url }]),
  ];
  for (const { queue, redisUrl } of queues) {
    const oneByOne = { tenant: `ten_${queue}`, keysPerRing: 1, wholeHours: false, redisUrl };
    say(`one by one, ${queue} queue`, redisUrl === undefined ? 0.06 : 0.1, [await measure(oneByOne)]);
  }
  const monthStart = { keysPerRing: KEYS_PER_RING_MAX, wholeHours: true };
  // As a worker that has run for a while: what Node compiles as it runs is compiled.
  const warm = {
    tenant: 'ten_warm',
    customers: await seed({ tenant: 'ten_warm', customers: CUSTOMERS, history: 20, wholeHours: true }),
  };
  await invoicesPerSecond(database.url, sql, { ...monthStart, ...warm });
  // The queues take turns, so that no streak of the machine falls on one of them alone.
  const starts = queues.map(({ queue, redisUrl }) => ({ queue, redisUrl, figures: [] as Figure[] }));
  for (let n = 0; n < ROUNDS; n += 1)
    for (const { queue, redisUrl, figures } of starts)
      figures.push(await measure({ ...monthStart, tenant: `ten_month_${queue}_${n}`, redisUrl }));
  for (const { queue, figures } of starts) say(`month start, ${queue} queue`, 0.2, figures);
  say('month start, months that end within an hour, postgres queue', 0.2, [
    await measure({ ...monthStart, tenant: 'ten_month_cut', wholeHours: false }),
  ]);
  const rates: number[] = [];
  for (const [tenant, history] of [
    ['ten_young', 20],
    ['ten_old', 2000],
    ['ten_young2', 20],
  ] as const) {
    const customers = await seed({ tenant, customers: HISTORY_CUSTOMERS, history });
    rates.push(await invoicesPerSecond(database.url, sql, { tenant, customers, keysPerRing: 1 }));
  }
  const [young = 0, old = 0, young2 = 0] = rates;
  report({
    measure: 'time at 100x event history',
    perSecond: round(old, 0),
    ratio: round((young + young2) / 2 / old),
    reach: 1.2,
  });
  redis?.stop();
  await sql.end();
  await database.stop();
}

await main();
