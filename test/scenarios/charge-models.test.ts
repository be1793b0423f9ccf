// Life stories of charge models: the same usage priced in every way, billed, then found late. Each amount is worked out by
// hand beside its price, and every line is explained by what is stored.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Story, StoryStart, Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

type Price = NonNullable<StoryStart['prices']>[number];
type Meter = NonNullable<StoryStart['meters']>[number];

/** What November costs, and what usage that comes late adds to it; null: it makes no line. */
type Told = {
  readonly key: string;
  readonly terms: Omit<Price, 'key' | 'name' | 'cadence' | 'meter'>;
  readonly meter?: Partial<Meter>;
  readonly billed: string;
  readonly late: string | null;
};

const USAGE = [
  ['2023-11-01T00:00:00Z', { n: 400, price: '1', region: 'eu' }],
  ['2023-11-01T12:00:00Z', { n: 700, price: '2', region: 'us' }],
  ['2023-11-02T00:00:00Z', { n: 1000, price: '3.333', region: 'eu' }],
  ['2023-11-20T00:00:00Z', { n: 250, price: '0' }],
] as const;
const LATE = ['2023-11-02T06:00:00Z', { n: 50, price: '1', region: 'eu' }] as const;

const cent = { type: 'per_unit', unitAmount: '0.01' };
const packages = (rounding: string) => ({ model: { type: 'package', size: '480', amount: '3', rounding } });
const tiers = (type: string, ...list: Readonly<Record<string, string | null>>[]) => ({
  model: { type, tiers: list },
});
const percentage = (more: Readonly<Record<string, string | number>>) => ({
  model: { type: 'percentage', ratePercent: '2', fixedAmount: '0.10', ...more },
});

/** 2350 in four events on three days; 2400 in five with the late one. */
const TOLD: readonly Told[] = [
  // 4.9 packages of 480, then exactly 5.
  { key: 'package_up', terms: packages('up'), billed: '15.00', late: null },
  { key: 'package_down', terms: packages('down'), billed: '12.00', late: '3.00' },
  { key: 'package_nearest', terms: packages('nearest'), billed: '15.00', late: null },
  {
    // 5.00 for the first 1000, 1.00 and 1350 × 0.01 for the rest.
    key: 'graduated',
    terms: tiers(
      'graduated',
      { upTo: '1000', flatAmount: '5' },
      { upTo: null, unitAmount: '0.01', flatAmount: '1' },
    ),
    billed: '19.50',
    late: '0.50',
  },
  {
    // A bound is inclusive: 2350 × 0.01. Then 2400 × 0.009 = 21.60, so 1.90 is given back.
    key: 'volume',
    terms: tiers('volume', { upTo: '2350', unitAmount: '0.01' }, { upTo: null, unitAmount: '0.009' }),
    billed: '23.50',
    late: '-1.90',
  },
  {
    // 3 % of 1000 and 1 % of 1350.
    key: 'graduated_percentage',
    terms: tiers(
      'graduated_percentage',
      { upTo: '1000', ratePercent: '3' },
      { upTo: null, ratePercent: '1' },
    ),
    billed: '43.50',
    late: '0.50',
  },
  {
    // 8.10 + 14.10 + 15 for 20.10 + 6 for 5.10; the late one costs 6 for 1.10.
    key: 'percentage_bounded',
    terms: percentage({ eventMinimum: '6', eventMaximum: '15' }),
    billed: '43.20',
    late: '6.00',
  },
  // The first two are free: 20.10 + 5.10; the late one pays 1.10.
  { key: 'percentage_free', terms: percentage({ freeEvents: 2 }), billed: '25.20', late: '1.10' },
  {
    // 6.333 × 1.2 = 7.5996, then 7.333 × 1.2 = 8.7996.
    key: 'dynamic',
    terms: { model: { type: 'dynamic', multiplier: '1.2' } },
    meter: { amountProperty: 'price' },
    billed: '7.60',
    late: '1.20',
  },
  // Without a property that holds a price, what is metered is the money.
  {
    key: 'dynamic_money',
    terms: { model: { type: 'dynamic', multiplier: '0.01' } },
    billed: '23.50',
    late: '0.50',
  },
  {
    // 1400 in eu × 0.01, 700 in us × 0.02, 250 elsewhere × 0.03.
    key: 'matrix',
    terms: {
      model: {
        type: 'matrix',
        cells: [
          { when: { region: 'eu' }, unitAmount: '0.01' },
          { when: { region: 'us' }, unitAmount: '0.02' },
        ],
        defaultUnitAmount: '0.03',
      },
    },
    meter: { dimensions: ['region'] },
    billed: '35.50',
    late: '0.50',
  },
  {
    // Day by day: 5 + 600 × 0.002, 5 + 500 × 0.002, 2.50; on the 2nd 50 more at 0.002.
    key: 'daily_tiers',
    terms: {
      ratedPer: 'day',
      ...tiers('graduated', { upTo: '500', unitAmount: '0.01' }, { upTo: null, unitAmount: '0.002' }),
    },
    billed: '14.70',
    late: '0.10',
  },
  // 700 + 1000 + 250: the late one is not the most of its day.
  {
    key: 'daily_peak',
    terms: { model: cent },
    meter: { aggregation: 'max', bucket: { unit: 'day', zone: 'UTC' } },
    billed: '19.50',
    late: null,
  },
  {
    // 5 + 6 × 2, 5 + 5 × 2, 2.50; then 5 + 5.50 × 2 on the 2nd.
    key: 'daily_commitment',
    terms: {
      ratedPer: 'day',
      model: cent,
      commitment: { type: 'amount', value: '5', overageFactor: '2' },
    },
    billed: '34.50',
    late: '1.00',
  },
  {
    // As before, 2.50 missing on the 20th, and 5 on each of 27 days without usage.
    key: 'daily_true_up',
    terms: {
      ratedPer: 'day',
      model: cent,
      commitment: { type: 'amount', value: '5', overageFactor: '2', trueUp: true },
    },
    billed: '172.00',
    late: '1.00',
  },
  // 3000 units stand for 30.00, of which 23.50, then 24.00 are used.
  {
    key: 'committed_units',
    terms: { model: cent, commitment: { type: 'quantity', value: '3000', trueUp: true } },
    billed: '30.00',
    late: null,
  },
  // 800 + 700 + 0.
  {
    key: 'free_daily',
    terms: { model: cent, freeUnits: { quantity: '300', reset: 'day' } },
    billed: '15.00',
    late: '0.50',
  },
  {
    key: 'free_once',
    terms: { model: cent, freeUnits: { quantity: '2380', reset: 'never' } },
    billed: '0.00',
    late: '0.20',
  },
  // Three thousands are begun, with the late ones too.
  {
    key: 'thousands',
    terms: {
      model: { type: 'per_unit', unitAmount: '2' },
      conversion: { operation: 'divide', factor: '1000', rounding: 'up' },
    },
    billed: '6.00',
    late: null,
  },
  // 12.5 % of 23.50 is 2.9375, of 24.00 is 3.
  { key: 'discount', terms: { model: cent, discountPercent: '12.5' }, billed: '20.56', late: '0.44' },
  { key: 'maximum', terms: { model: cent, maximum: '23.75' }, billed: '23.50', late: '0.25' },
  { key: 'minimum', terms: { model: cent, minimum: '23.75' }, billed: '23.75', late: '0.25' },
];

const START: StoryStart = {
  at: '2023-11-01T00:00:00Z',
  meters: TOLD.map(({ key, meter }) => ({
    key,
    name: key,
    eventType: 'call',
    aggregation: 'sum',
    valueProperty: 'n',
    ...meter,
  })),
  prices: TOLD.map(({ key, terms }) => ({ key, name: key, cadence: 'in_arrears', meter: key, ...terms })),
};

/** Amounts by price, in major units, of lines of one kind; fails unless each is computed again from what is stored. */
async function amounts(story: Story, who: Subscriber, kind: string): Promise<Record<string, string>> {
  const { invoices } = story.billing().reads;
  const found: Record<string, string> = {};
  for (const invoice of await story.invoices(who)) {
    for (const line of invoice.lines.filter((one) => one.kind === kind)) {
      const explained = await invoices.explainLine(story.tenant, invoice.id, line.id);
      assert.ok(explained?.recomputed.agrees && explained.usage?.recounted.agrees, line.description);
      found[line.priceKey ?? ''] = (Number(line.amount) / 100).toFixed(2);
    }
  }
  return found;
}

for (const backend of BACKENDS) {
  describe(`charge models on ${backend}`, () => {
    const world = storyWorld(backend);

    test('each prices the same usage in its way, and what comes late at its marginal price', async () => {
      const story = await world.begin(START);
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      const send = ([at, properties]: (typeof USAGE)[number] | typeof LATE) =>
        story.send(ada, { type: 'call', at, properties });
      for (const event of USAGE) assert.equal(await send(event), 'created');
      await story.moveTo('2023-12-02T00:00:00Z');
      const billed = Object.fromEntries(TOLD.map(({ key, billed }) => [key, billed]));
      assert.deepEqual(await amounts(story, ada, 'usage'), billed);

      assert.equal(await send(LATE), 'created');
      await story.moveTo('2024-01-02T00:00:00Z');
      const late = TOLD.flatMap(({ key, late }) => (late === null ? [] : [[key, late]]));
      assert.deepEqual(await amounts(story, ada, 'late_usage'), Object.fromEntries(late));
      await story.ledger();
    });

    test('a price that comes with an event counts though the event has no quantity', async () => {
      const dynamic = TOLD.filter(({ key }) => key === 'dynamic').map(({ key }) => key);
      const only = <T extends { key: string }>(list: readonly T[] = []) =>
        list.filter(({ key }) => dynamic.includes(key));
      const story = await world.begin({ ...START, meters: only(START.meters), prices: only(START.prices) });
      const ada = await story.subscribe('ada');
      const sell = (at: string, n: number, price: string) =>
        story.send(ada, { type: 'call', at, properties: { n, price } });
      await story.moveTo('2023-11-05T00:00:00Z');
      await sell('2023-11-05T00:00:00Z', 1, '10');
      await story.moveTo('2023-12-02T00:00:00Z');
      await sell('2023-11-06T00:00:00Z', 0, '0.5');
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-12-01 paid 12.00: dynamic 1 12.00',
        '2024-01-01 paid 0.60: late dynamic 0 0.60',
      ]);
    });
  });
}
