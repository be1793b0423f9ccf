// What every kind of meter says of any period, window and group is what a plain walk through its events says, whatever the
// order, repetition and lateness in which they came.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { earlierOf, laterOf } from '#actors/calendar/instants.ts';
import { period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { WINDOW_UNITS, windowsOver } from '#actors/calendar/window.ts';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { completeSettings, countsTexts, isSettingProblem } from '#actors/usage/meter-settings.ts';
import { inTenant } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { splitQuantities } from '#db/usage-split.ts';
import { zone } from '#test/support/arbitrary-prices.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { type NaiveEvent, naiveEvents, naiveQuantity, ofGroup, valueOf } from '#test/support/naive-usage.ts';
import { accepted, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const zoned = 'Asia/Kolkata';
const KINDS: readonly Pick<Meter, 'aggregation' | 'settings'>[] = [
  { aggregation: 'count', settings: {} },
  { aggregation: 'sum', settings: { multiplier: '0.001', amountProperty: 'price', acceptsNegative: true } },
  { aggregation: 'max', settings: { acceptsNegative: true } },
  { aggregation: 'min', settings: { acceptsNegative: true } },
  { aggregation: 'latest', settings: { acceptsNegative: true } },
  { aggregation: 'average', settings: { acceptsNegative: true } },
  { aggregation: 'unique_count', settings: {} },
  { aggregation: 'percentile', settings: { percentile: '95', acceptsNegative: true } },
  {
    aggregation: 'percentile',
    settings: { percentile: '33.3', percentileMethod: 'interpolated', acceptsNegative: true },
  },
  { aggregation: 'max', settings: { bucket: { unit: 'minute', zone: 'UTC' }, acceptsNegative: true } },
  { aggregation: 'max', settings: { bucket: { unit: 'hour', zone: zoned }, acceptsNegative: true } },
  { aggregation: 'sum', settings: { bucket: { unit: 'day', zone: zoned }, acceptsNegative: true } },
  { aggregation: 'average', settings: { bucket: { unit: 'day', zone: 'UTC' }, acceptsNegative: true } },
  { aggregation: 'unique_count', settings: { bucket: { unit: 'week', zone: zoned } } },
  { aggregation: 'sum', settings: { carriedOver: true } },
  { aggregation: 'latest', settings: { carriedOver: true, acceptsNegative: true } },
  { aggregation: 'unique_count', settings: { carriedOver: true, operationProperty: 'op' } },
  { aggregation: 'time_weighted_average', settings: { acceptsNegative: true } },
  { aggregation: 'time_weighted_average', settings: { level: 'sum' } },
  { aggregation: 'time_weighted_average', settings: { level: 'sum', carriedOver: false } },
  { aggregation: 'time_weighted_average', settings: { level: 'unique_count', operationProperty: 'op' } },
  { aggregation: 'time_weighted_sum', settings: { timeUnit: 'day', acceptsNegative: true } },
  { aggregation: 'time_weighted_sum', settings: { level: 'unique_count', carriedOver: false } },
];

/** Three days, in quarters of an hour. */
const START = Temporal.Instant.from('2023-11-04T22:30:00Z');
const STEPS = 288;
const at = (step: number): Temporal.Instant => START.add({ minutes: step * 15 });

const eventArbitrary = fc.record({
  step: fc.integer({ min: 0, max: STEPS - 1 }),
  seconds: fc.constantFrom(0, 0, 1, 59),
  value: fc.integer({ min: -2_000, max: 20_000 }).map((n) => `${n < 0 ? '-' : ''}${Math.abs(n) / 1_000}`),
  text: fc.constantFrom('ann', 'ben', 'eve'),
  removes: fc.boolean(),
  price: fc.nat(500).map((n) => String(n / 100)),
  /** When it is sent, and whether it is sent again later. */
  received: fc.integer({ min: 0, max: 2 }),
  again: fc.boolean(),
  dimensions: fc.record({ model: fc.constantFrom('small', 'large') }, { requiredKeys: [] }),
});

const askArbitrary = fc
  .record({
    from: fc.integer({ min: -20, max: STEPS }),
    length: fc.integer({ min: 1, max: STEPS }),
    seconds: fc.constantFrom(0, 0, 0, 30),
    cutoff: fc.option(fc.integer({ min: 0, max: 3 })),
    unit: fc.constantFrom(...WINDOW_UNITS.filter((unit) => unit !== 'minute')),
    zone,
  })
  .map(({ from, length, seconds, ...rest }) => ({
    ...rest,
    within: period(at(from).add({ seconds }), at(from + length).add({ seconds })),
  }));

type Sent = typeof eventArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Ask = typeof askArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Stage = {
  readonly tenant: string;
  readonly meters: readonly (Pick<Meter, 'aggregation' | 'settings'> & { readonly id: string })[];
  readonly events: readonly NaiveEvent[];
  readonly opened: Temporal.Instant;
};

let round = 0;

test('quantities, windows, groups, events and prices of every kind of meter', async () => {
  const { sql } = database;
  await fc.assert(
    fc.asyncProperty(
      fc.array(eventArbitrary, { minLength: 1, maxLength: 40 }),
      fc.array(askArbitrary, { minLength: 1, maxLength: 3 }),
      async (sent, asks) => {
        const stage = await counted(sent);
        for (const ask of asks) await answersAgree(stage, ask);
        const { tenant } = stage;
        const { differences } = await inTenant(sql, tenant, (tx) => recountRollups(tx, tenant));
        assert.deepEqual(differences, []);
      },
    ),
    { numRuns: 25 },
  );
});

function meterOf(kind: (typeof KINDS)[number], index: number) {
  const { aggregation } = kind;
  const settings = completeSettings(aggregation, kind.settings);
  assert.ok(!isSettingProblem(settings), JSON.stringify(settings));
  const valueProperty = countsTexts({ aggregation, settings }) ? 'text' : 'n';
  return { id: `mtr_${index}_${round}`, aggregation, settings, dimensions: ['model'], valueProperty };
}

/** Sends the events in three waves, some of them again in each later wave. */
async function counted(sent: readonly Sent[]): Promise<Stage> {
  round += 1;
  const tenant = `ten_parts${round}`;
  const clock = manualClock('2023-12-01T00:00:00Z');
  const opened = clock.wall();
  const meters = KINDS.map(meterOf);
  const { ingest, drain, call } = await usageSetting(database.sql, tenant, { clock, meters });
  const named = sent.map((event, index) => ({
    ...event,
    id: String(index),
    time: at(event.step).add({ seconds: event.seconds }),
  }));
  const events: NaiveEvent[] = [];
  for (const wave of [0, 1, 2]) {
    const fresh = named.filter(({ received }) => received === wave);
    const again = named.filter((event) => event.again && event.received < wave);
    const bodies = [...fresh, ...again].map(({ id, time, value: n, text, removes, price, dimensions }) =>
      call(id, n, {
        time: instantText(time),
        properties: { n, text, op: removes ? 'remove' : 'add', price, ...dimensions },
      }),
    );
    for (const event of fresh) {
      events.push({ ...event, position: events.length, received: opened.add({ seconds: wave }) });
    }
    if (bodies.length > 0) await accepted(ingest, tenant, bodies);
    await drain.run(new AbortController().signal);
    await clock.advance(1_000);
  }
  return { tenant, meters, events, opened };
}

async function answersAgree({ tenant, meters, events, opened }: Stage, ask: Ask): Promise<void> {
  const cutoff = ask.cutoff === null ? null : opened.add({ seconds: ask.cutoff });
  const { within } = ask;
  const window = { unit: ask.unit, zone: ask.zone };
  const plain = meters.map(({ id: meterId }) => ({
    customerId: `cus_${tenant}`,
    meterId,
    scopeId: '',
    from: within.start,
    to: within.end,
    cutoff,
  }));
  const split = { window, dimensions: ['model'], events: true, eventAmount: true } as const;
  const requests = plain.map((request) => ({ ...request, split }));
  const [whole, parts] = await inTenant(database.sql, tenant, (tx) =>
    Promise.all([usageQuantities(tx, tenant, plain), splitQuantities(tx, tenant, requests)]),
  );
  if (ask.cutoff !== null && ask.cutoff > 0) {
    // Told apart by when it was counted, where the cutoff is too late to do it.
    const countedBy = opened.add({ seconds: ask.cutoff - 1 });
    const late = requests.map((one) => ({
      ...one,
      cutoff: opened.add({ hours: 24, seconds: 1 }),
      countedBy,
    }));
    const again = await inTenant(database.sql, tenant, (tx) => splitQuantities(tx, tenant, late));
    assert.deepEqual(again, parts);
  }
  const windows = windowsOver(within, window).map(({ start, end }) =>
    period(laterOf(start, within.start), earlierOf(end, within.end)),
  );
  for (const [index, meter] of meters.entries()) {
    const what = `${meter.aggregation} ${JSON.stringify(meter.settings)}`;
    const said = (some: readonly NaiveEvent[], of = within) =>
      naiveQuantity(meter, some, { within: of, cutoff, since: within.start });
    const inside = naiveEvents(events, { within, cutoff });
    const part = parts[index];
    const expected = [said(events), BigInt(inside.length)];
    assert.deepEqual([whole[index]?.quantity, whole[index]?.eventCount], expected, what);
    assert.deepEqual([part?.quantity, part?.eventCount], expected, what);
    const { metered } = part ?? {};
    const inWindows = windows.map((one) => said(events, one));
    assert.deepEqual(metered?.windows, inWindows, `windows of ${what}`);
    for (const { values, quantity } of metered?.groups ?? []) {
      const own = ofGroup(meter, events, ({ dimensions }) => dimensions['model'] === values['model']);
      assert.equal(quantity, said(own), `groups of ${what}`);
    }
    const values = inside.map((event) => printDecimal(valueOf(meter, event)));
    assert.deepEqual(metered?.events, values, `events of ${what}`);
    const prices = printDecimal(sumDecimals(inside.map(({ price }) => decimal(price))));
    const priced = meter.settings.amountProperty !== undefined;
    assert.equal(metered?.eventAmount, priced ? prices : undefined, `prices of ${what}`);
  }
}
