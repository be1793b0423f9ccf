// Measures a usage query, the quantity of a charge and an invoice of customers whose month holds 0.1, 1 and 10 million
// events. The three databases take turns, so that what else the machine does falls on all of them. Prints JSON lines.
import type postgres from 'postgres';
import { connectDatabase } from '#db/connection.ts';
import { inTenant } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { systemClock } from '#runtime/clock.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { systemRandom } from '#runtime/random.ts';
import { createPriceCache } from '#runtime/turn/price-cache.ts';
import { createTurns, type Turns } from '#runtime/turn/turns.ts';
import { createUsageReads } from '#runtime/usage/usage-reads.ts';
import { type BenchDatabase, benchDatabase } from './bench-database.ts';
import { seedDueCustomers } from './invoice-seed.ts';

const CUSTOMERS = Number(process.argv[2] ?? 50);
/** Facts per hour of the month for all customers and their three meters: some 0.1, 1 and 10 million in all. */
const PER_HOUR = [150, 1_500, 13_500];
const METERS = 3;
const READS = 150;
const TENANT = 'ten_rating';
const INVOICE = 'invoice with three metered prices';
const clock = systemClock();
const log = createLog({ level: 'warn', clock, write: (line) => process.stderr.write(line) });

type Size = {
  readonly events: number;
  readonly database: BenchDatabase;
  readonly sql: postgres.Sql;
  readonly turns: Turns;
  readonly month: { readonly from: Temporal.Instant; readonly to: Temporal.Instant };
};

async function sizeOf(all: number): Promise<Size> {
  const perHour = Math.round(all / CUSTOMERS / METERS);
  const database = await benchDatabase(`bench_rating_${all}`);
  await seedDueCustomers(database.adminUrl, clock, {
    tenant: TENANT,
    customers: CUSTOMERS,
    history: 0,
    perHour,
  });
  const sql = connectDatabase({ url: database.url, max: 2, name: 'bench rating' });
  const [row] = await inTenant(
    sql,
    TENANT,
    (tx) => tx<{ events: string; from: string; to: string }[]>`
      select (select count(*) from meter_events) as events, min(service_start)::text as "from", max(service_end)::text as "to"
      from charges`,
  );
  const instant = (text = ''): Temporal.Instant => Temporal.Instant.from(text.replace(' ', 'T'));
  const month = { from: instant(row?.from), to: instant(row?.to) };
  const muted = { ring: async () => undefined, close: async () => undefined };
  const turns = createTurns({
    sql,
    clock,
    ids: createIds({ clock, random: systemRandom() }),
    gateways: ['fake'],
    prices: createPriceCache(),
    bell: muted,
    log,
    metrics: createMetrics(),
  });
  return { events: Number(row?.events), database, sql, turns, month };
}

type Work = (size: Size, round: number) => Promise<unknown>;

const WORKS: Readonly<Record<string, Work>> = {
  'usage query of a month': (size, round) => query(size, round, {}),
  'usage query of a month by day': (size, round) => query(size, round, { window: 'day' }),
  'usage query of all customers by customer': (size) => ask(size, { groupBy: ['customer'] }),
  'quantity of a charge': ({ sql, month }, round) =>
    inTenant(sql, TENANT, (tx) =>
      usageQuantities(tx, TENANT, [
        {
          customerId: customer(round),
          meterId: `mtr_calls_${TENANT}`,
          scopeId: '',
          from: month.from,
          to: month.to,
          cutoff: month.to.add({ hours: 1 }),
        },
      ]),
    ),
  // Each customer has one month to be invoiced.
  [INVOICE]: ({ turns }, round) => turns.run(TENANT, [customer(round)]),
};

const customer = (round: number): string => `cus_${TENANT}_${1 + (round % CUSTOMERS)}`;

function query(size: Size, round: number, more: object): Promise<void> {
  return ask(size, { customers: [customer(round)], ...more });
}

async function ask({ sql, month }: Size, more: object): Promise<void> {
  const span = { from: month.from.toString(), to: month.to.toString() };
  const answer = await createUsageReads(sql).query(TENANT, { meter: 'calls', ...span, ...more });
  if (!answer.ok || answer.data.rows.length === 0) throw new Error(JSON.stringify(answer).slice(0, 500));
}

/** Of times: a quarter of them was faster, so what else the machine did counts less. */
const quartile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;

/** Milliseconds of each round for each size. */
async function measure(sizes: readonly Size[], work: Work, rounds: number): Promise<number[][]> {
  const times: number[][] = sizes.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, size] of sizes.entries()) {
      const startedAt = performance.now();
      await work(size, round);
      times[at]?.push(performance.now() - startedAt);
    }
  }
  return times;
}

const sizes: Size[] = [];
for (const perHour of PER_HOUR) sizes.push(await sizeOf(perHour));
for (const [name, work] of Object.entries(WORKS)) {
  const rounds = name === INVOICE ? CUSTOMERS : READS;
  const times = (await measure(sizes, work, rounds)).map(quartile);
  const [smallest = 0] = times;
  console.log(
    JSON.stringify({
      bench: 'rating',
      measure: name,
      customers: CUSTOMERS,
      events: sizes.map(({ events }) => events),
      milliseconds: times.map((value) => Number(value.toFixed(2))),
      ratio: Number(((times.at(-1) ?? 0) / smallest).toFixed(2)),
      reach: 1.3,
    }),
  );
}
for (const { sql, database } of sizes) {
  await sql.end();
  await database.stop();
}
