// Owns usage that facts are about: a tenant with one meter in a real database, its events ingested, counted and read.
import { type Period, period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { type Dec, decimal } from '#actors/money/decimal.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { inTenant } from '#db/scope.ts';
import { type UsageQuantity, usageQuantities } from '#db/usage-quantity.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { type UsageSetting, usageSetting } from '#test/support/usage.ts';

/** Later than any fact. */
const PRESENT = '2027-01-01T00:00:00Z';

let database: Promise<TestDatabase> | undefined;
let tenants = 0;

export type Stage = UsageSetting & {
  readonly tenant: string;
  /** What the meter says of a period. */
  quantity(of: Period): Promise<UsageQuantity>;
};

/** A tenant of its own with meters, which read the property `n` of events of type `call` unless they say otherwise. */
export async function stageOf(meter: Partial<Meter>, other?: Partial<Meter>): Promise<Stage> {
  database ??= testDatabase();
  const { sql } = await database;
  tenants += 1;
  const tenant = `ten_fact${tenants}`;
  const meterId = `mtr_fact${tenants}`;
  const setting = await usageSetting(sql, tenant, {
    clock: manualClock(PRESENT),
    meters: [{ ...meter, id: meterId }, ...(other === undefined ? [] : [{ ...other, id: `${meterId}_b` }])],
  });
  return {
    ...setting,
    tenant,
    async quantity({ start: from, end: to }) {
      const asked = { customerId: `cus_${tenant}`, meterId, scopeId: '', from, to, cutoff: null };
      const [read] = await inTenant(sql, tenant, (tx) => usageQuantities(tx, tenant, [asked]));
      if (read === undefined) throw new Error('no quantity');
      return read;
    },
  };
}

export async function closeCounted(): Promise<void> {
  await (await database)?.close();
}

/** An event by its instant and properties; a lone value is the property `n`. */
export type Happened = readonly [Temporal.Instant, string | Readonly<Record<string, unknown>>];

/** What a meter makes of events, in the order of ingest. */
export async function measured(
  meter: Partial<Meter>,
  events: readonly Happened[],
  within: Period,
): Promise<{ quantity: Dec; eventCount: number }> {
  const { call, count, quantity } = await stageOf(meter);
  const bodies = events.map(([time, said], index) =>
    call(String(index), said, {
      time: instantText(time),
      ...(typeof said !== 'string' && { properties: said }),
    }),
  );
  if (bodies.length > 0) await count(bodies);
  const read = await quantity(within);
  return { quantity: decimal(read.quantity), eventCount: Number(read.eventCount) };
}

/** The second that ends a period of the sources that include it belongs to the period. */
export function untilSecond(start: Temporal.Instant, last: Temporal.Instant): Period {
  const second = last.round({ smallestUnit: 'second', roundingMode: 'floor' });
  return period(start, second.add({ seconds: 1 }));
}
