// Life stories of looking at what usage costs: whatever is asked, the parts add up to the invoice, and single events say
// at which place of the price they stood.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import type { UsageAnalysis, UsageAnalysisRequest } from '#runtime/usage/analysis-fields.ts';
import { PLAN_PRICES, type Story, type Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const NOVEMBER = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
const ARREARS = { cadence: 'in_arrears' as const };

const METERS = [
  {
    key: 'calls',
    name: 'Calls',
    eventType: 'call',
    aggregation: 'count' as const,
    dimensions: ['region', 'size'],
  },
  { key: 'peak', name: 'Peak', eventType: 'call', aggregation: 'max' as const, valueProperty: 'load' },
  { key: 'daily', name: 'Daily', eventType: 'call', aggregation: 'count' as const },
  { key: 'zones', name: 'Zones', eventType: 'call', aggregation: 'count' as const, dimensions: ['region'] },
  { key: 'paid', name: 'Paid', eventType: 'call', aggregation: 'sum' as const, valueProperty: 'load' },
];
const PRICES = [
  ...PLAN_PRICES,
  {
    key: 'calls',
    name: 'Calls',
    ...ARREARS,
    meter: 'calls',
    model: {
      type: 'matrix',
      cells: [
        { when: { region: 'eu' }, unitAmount: '0.333' },
        { when: { region: 'eu', size: 'large' }, unitAmount: '1.5' },
      ],
      defaultUnitAmount: '0.2',
    },
  },
  {
    key: 'zones-eu',
    name: 'Zones in the EU',
    ...ARREARS,
    meter: 'zones',
    filter: { where: { region: ['eu'] } },
    model: { type: 'per_unit', unitAmount: '2' },
  },
  {
    key: 'zones',
    name: 'Zones',
    ...ARREARS,
    meter: 'zones',
    model: { type: 'per_unit', unitAmount: '0.31' },
  },
  { key: 'peak', name: 'Peak', ...ARREARS, meter: 'peak', model: { type: 'per_unit', unitAmount: '0.7' } },
  {
    key: 'daily',
    name: 'Daily',
    ...ARREARS,
    meter: 'daily',
    model: { type: 'per_unit', unitAmount: '0.5' },
    freeUnits: { quantity: '1', reset: 'day' },
    minimum: '30',
  },
  {
    key: 'paid',
    name: 'Paid',
    ...ARREARS,
    meter: 'paid',
    model: {
      type: 'graduated',
      tiers: [
        { upTo: '10', unitAmount: '0.013', flatAmount: '1' },
        { upTo: null, unitAmount: '0.007' },
      ],
    },
    discountPercent: '7',
  },
];

const EVENTS = Array.from({ length: 40 }, (_, at) => ({
  id: `call-${at}`,
  source: at % 3 === 0 ? 'a' : 'b',
  type: 'call',
  time: Temporal.Instant.from('2023-11-02T07:30:00Z')
    .add({ minutes: at * 997 })
    .toString(),
  properties: {
    load: String((at * 7) % 11),
    model: at % 4 === 0 ? 'x' : 'y',
    ...(at % 5 !== 0 && { region: at % 2 === 0 ? 'eu' : 'us', size: at % 7 === 0 ? 'large' : 'small' }),
  },
}));

const LOAD = String(EVENTS.reduce((sum, { properties }) => sum + Number(properties.load), 0));
/** Minor units of `paid` that are owed at zero: the flat part of its first tier, discounted. */
const PAID_AT_ZERO = 93n;

async function analyse(story: Story, asked: UsageAnalysisRequest): Promise<UsageAnalysis> {
  const answer = await story.billing().usage.analyse(story.tenant, asked);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.data;
}

const total = (costs: readonly { amount: string }[]): bigint =>
  costs.reduce((sum, { amount }) => sum + BigInt(amount), 0n);

const byMeter = ({ items }: UsageAnalysis): Record<string, bigint> => {
  const groups = Object.groupBy(items, ({ meter }) => meter);
  return Object.fromEntries(
    Object.entries(groups).map(([meter, own = []]) => [meter, total(own.flatMap(({ costs }) => costs))]),
  );
};

for (const backend of BACKENDS) {
  describe(`usage analysis on ${backend}`, () => {
    const world = storyWorld(backend);

    const told = async (): Promise<{ story: Story; ada: Subscriber }> => {
      const story = await world.begin({
        at: NOVEMBER.from,
        zone: 'Asia/Tokyo',
        prices: PRICES,
        meters: METERS,
      });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-30T20:00:00Z');
      const events = EVENTS.map((event) => ({ ...event, customer: 'ada' }));
      const answer = await story.billing().usage.ingest(story.tenant, events);
      assert.ok(answer.ok, JSON.stringify(answer));
      assert.ok(answer.result?.results.every((one) => one === 'created'));
      for (const [at, tokens] of [
        ['2023-11-05T10:00:00Z', 90],
        ['2023-11-05T10:00:00Z', 30],
        ['2023-11-20T10:00:00Z', 7],
      ] as const) {
        await story.use(ada, at, tokens);
      }
      return { story, ada };
    };

    test('parts add up to the invoice, by window, source, dimension and property', async () => {
      const { story, ada } = await told();
      const period = { customer: 'ada', ...NOVEMBER };
      const before = await analyse(story, period);
      // What is short of a minimum may come until the period is over.
      assert.ok((byMeter(before)['daily'] ?? 0n) < 3_000n);
      await story.moveTo('2023-12-31T00:00:00Z');
      const [, invoice] = await story.invoices(ada);
      const lines: Record<string, bigint> = {};
      for (const { kind, priceKey, amount } of invoice?.lines ?? []) {
        const [meter = ''] = (priceKey ?? '').split('-');
        if (kind === 'usage') lines[meter] = (lines[meter] ?? 0n) + BigInt(amount);
      }
      assert.deepEqual(Object.keys(lines).sort(), ['calls', 'daily', 'paid', 'peak', 'tokens', 'zones']);
      const asks: Partial<UsageAnalysisRequest>[] = [
        {},
        { window: 'month', zone: 'Asia/Tokyo' },
        { window: 'day', zone: 'America/New_York' },
        { window: 'week' },
        { groupBy: ['source'] },
        { groupBy: ['region'], window: 'week' },
        { groupBy: ['properties.model', 'source'], window: 'day' },
        { groupBy: ['size', 'properties.none'] },
      ];
      for (const asked of asks) {
        const found = await analyse(story, { ...period, ...asked });
        assert.deepEqual(byMeter(found), lines, JSON.stringify(asked));
        assert.equal(total(found.costs), total(found.items.flatMap(({ costs }) => costs)));
        for (const { points, costs, eventCount, meter } of found.items) {
          if (asked.window === undefined) continue;
          assert.equal(
            total(points.flatMap((point) => point.costs)),
            total(costs),
            JSON.stringify([asked, meter]),
          );
          assert.equal(
            points.reduce((sum, point) => sum + Number(point.eventCount), 0),
            Number(eventCount),
          );
        }
      }
    });

    test('groups cost what their cells say, filters and sources narrow, empty windows are there', async () => {
      const { story } = await told();
      const period = { customer: 'ada', ...NOVEMBER };
      const regions = await analyse(story, { ...period, meters: ['calls'], groupBy: ['region', 'size'] });
      const cells = regions.items.map(({ group, quantity, costs }) => [
        group['region'],
        group['size'],
        quantity,
        total(costs),
      ]);
      assert.deepEqual(
        cells,
        [
          ['eu', 'small', '14', 466n],
          ['us', 'small', '14', 280n],
          ['eu', 'large', '2', 300n],
          [null, null, '8', 160n],
          ['us', 'large', '2', 40n],
        ].toSorted((a, b) => Number((b[3] as bigint) - (a[3] as bigint))),
      );
      const eu = await analyse(story, {
        ...period,
        meters: ['calls'],
        filter: { region: ['eu'] },
        sources: ['a'],
      });
      const [one] = eu.items;
      assert.equal(eu.items.length, 1);
      const expected = EVENTS.filter(
        ({ source, properties }) => source === 'a' && properties.region === 'eu',
      );
      assert.equal(one?.quantity, String(expected.length));
      assert.ok(total(eu.costs) > 0n && total(eu.costs) < 766n);

      const days = await analyse(story, { ...period, meters: ['tokens'], window: 'day' });
      const [tokens] = days.items;
      assert.equal(tokens?.points.length, 30);
      assert.deepEqual(
        tokens.points
          .filter(({ eventCount }) => eventCount !== '0')
          .map(({ from, quantity, costs }) => [from.slice(0, 10), quantity, total(costs)]),
        [
          ['2023-11-05', '120', 1_100n],
          ['2023-11-20', '7', 35n],
        ],
      );
      assert.deepEqual(tokens.points[0]?.costs, [{ currency: 'USD', amount: '0' }]);
      // Half of the day: what came before it in the period decides its tier.
      const half = await analyse(story, {
        ...period,
        meters: ['tokens'],
        from: '2023-11-05T10:00:00.000001Z',
      });
      assert.deepEqual([half.items[0]?.quantity, total(half.costs)], ['7', 35n]);
    });

    test('an event costs what its place in the tiers says; all of them cost what the period does', async () => {
      const { story } = await told();
      const { usage, reads } = story.billing();
      const costOf = async (id: string, source = '') => {
        const answer = await usage.eventCost(story.tenant, { customer: 'ada', id, source });
        assert.ok(answer.ok, JSON.stringify(answer));
        return answer.data;
      };
      const tokens = await reads.usageEvents.list(story.tenant, { customers: undefined, type: 'request' });
      const places: unknown[] = [];
      for (const { id } of tokens.items.toReversed()) {
        const [part] = (await costOf(id)).parts;
        places.push([
          part?.cost?.quantityBefore,
          part?.cost?.quantityAfter,
          part?.cost?.exact,
          part?.cost?.amount,
        ]);
        assert.ok((part?.cost?.text.length ?? 0) > 0);
      }
      assert.deepEqual(places, [
        ['0', '90', '9', '900'],
        // Crosses the bound of the first tier: ten at 0.10 and twenty at 0.05. Of one instant, but counted later.
        ['90', '120', '2', '200'],
        ['120', '127', '0.35', '35'],
      ]);

      const sums = new Map<string, string[]>();
      for (const { id, source } of EVENTS) {
        for (const { meterId, cost } of (await costOf(id, source)).parts) {
          sums.set(meterId, [...(sums.get(meterId) ?? []), cost?.amount ?? 'none']);
        }
      }
      const analysed = await analyse(story, { customer: 'ada', ...NOVEMBER });
      for (const { meter, meterId, costs } of analysed.items) {
        const amounts = sums.get(meterId);
        if (amounts === undefined) continue;
        const sum = printDecimal(sumDecimals(amounts.map((amount) => decimal(amount))));
        const atZero = meter === 'paid' ? PAID_AT_ZERO : 0n;
        assert.equal(sum, String(total(costs) - atZero), meter);
      }
      const refused = await usage.eventCost(story.tenant, { customer: 'ada', id: 'none' });
      assert.deepEqual([refused.ok, 'pointer' in refused && refused.pointer], [false, '/id']);
    });

    test('without a price there is no cost; what does not exist is refused', async () => {
      const { story } = await told();
      const { usage } = story.billing();
      const october = { from: '2023-10-01T00:00:00Z', to: '2023-11-01T00:00:00Z' };
      await usage.ingest(story.tenant, [
        {
          id: 'old',
          type: 'request',
          customer: 'ada',
          time: '2023-10-05T00:00:00Z',
          properties: { tokens: 5 },
        },
      ]);
      const found = await analyse(story, { customer: 'ada', ...october });
      assert.deepEqual(
        found.items.map(({ meter, quantity, costs }) => [meter, quantity, costs]),
        [['tokens', '5', []]],
      );
      const cost = await usage.eventCost(story.tenant, { customer: 'ada', id: 'old' });
      assert.deepEqual(cost.ok && cost.data.parts.map(({ without }) => without), ['no_charge']);

      const refused = async (asked: object) => {
        const answer = await usage.analyse(story.tenant, { customer: 'ada', ...NOVEMBER, ...asked });
        return answer.ok ? answer : [answer.code, answer.pointer];
      };
      assert.deepEqual(await refused({ customer: 'nobody' }), ['not_found', '/customer']);
      assert.deepEqual(await refused({ meters: ['none'] }), ['not_found', '/meters']);
      assert.deepEqual(await refused({ groupBy: ['none'] }), ['unknown_dimension', '/groupBy']);
      assert.deepEqual(await refused({ filter: { none: ['x'] } }), ['unknown_dimension', '/filter']);
      assert.deepEqual(await refused({ to: NOVEMBER.from }), ['invalid_request', '/to']);
      assert.deepEqual(await refused({ window: 'minute' }), ['too_many_windows', '/window']);

      const summary = await usage.summary(story.tenant, { customer: 'ada', ...NOVEMBER });
      assert.ok(summary.ok);
      assert.deepEqual(
        summary.data.map(({ meter, name, quantity, eventCount }) => [meter, name, quantity, eventCount]),
        [
          ['calls', 'Calls', '40', '40'],
          ['daily', 'Daily', '40', '40'],
          ['paid', 'Paid', LOAD, '40'],
          ['peak', 'Peak', '10', '40'],
          ['tokens', 'Tokens', '127', '3'],
          ['zones', 'Zones', '40', '40'],
        ],
      );
      const lag = await usage.lag(story.tenant, { meter: 'tokens', ...NOVEMBER });
      // On a test clock the two times are not of one time.
      assert.deepEqual(lag.ok && [lag.data.events, lag.data.longest], ['0', null]);
    });
  });
}
