// Life stories of prices that share a meter: each event is on exactly one line, late ones too, and the lines add up to what the
// meter counted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, type Story, type StoryStart, type Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

type Price = NonNullable<StoryStart['prices']>[number];
type Meter = NonNullable<StoryStart['meters']>[number];

const meter = (key: string, more: Partial<Meter> & Pick<Meter, 'aggregation'>): Meter => ({
  key,
  name: key,
  eventType: 'call',
  valueProperty: 'n',
  dimensions: ['region', 'size', 'campaign'],
  ...more,
});
const SUM = meter('sum', { aggregation: 'sum' });

const price = (
  key: string,
  unitAmount: string,
  filter?: Price['filter'],
  more: Partial<Price> = {},
): Price => ({
  key,
  name: key,
  cadence: 'in_arrears',
  meter: 'sum',
  model: { type: 'per_unit', unitAmount },
  ...(filter !== undefined && { filter }),
  ...more,
});

/** As listed, none is in the order in which they take usage. */
const PRICES: readonly Price[] = [
  price('rest', '0.01'),
  price('large', '0.02', { where: { size: ['xl', 'l'] } }),
  price('eu', '0.1', { where: { region: ['eu'] } }),
  price('eu_xl', '1', { where: { region: ['eu'], size: ['xl'] } }),
  price('promo', '0', { where: { campaign: ['x'] }, priority: 10 }),
  price('nowhere', '0.5', { where: { region: [null], size: [null] } }),
];

/** Time, value, dimensions, and the price that counts it. */
const USAGE = [
  ['2023-11-01T00:10:00Z', 1, { region: 'us' }, 'rest'],
  ['2023-11-02T00:00:00Z', 2, { region: 'eu', size: 'xl' }, 'eu_xl'],
  ['2023-11-02T00:30:00Z', 4, { region: 'eu', size: 'l' }, 'eu'],
  ['2023-11-03T00:00:00Z', 8, { region: 'us', size: 'l' }, 'large'],
  ['2023-11-04T00:00:00Z', 16, { region: 'eu', size: 'xl', campaign: 'x' }, 'promo'],
  ['2023-11-04T00:00:00Z', 32, {}, 'nowhere'],
  ['2023-11-05T00:00:00Z', 64, { region: 'us' }, 'rest'],
] as const;
const LATE = [
  ['2023-11-02T00:15:00Z', 128, { region: 'eu', size: 'xl' }, 'eu_xl'],
  ['2023-11-06T00:00:00Z', 256, { region: 'us', size: 's' }, 'rest'],
] as const;

type Told = (typeof USAGE)[number] | (typeof LATE)[number];

/** Quantities by price and kind of line, each explained and computed again. */
async function quantities(story: Story, who: Subscriber, kind: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const invoice of await story.invoices(who)) {
    for (const line of invoice.lines.filter((one) => one.kind === kind)) {
      const explained = await story.billing().reads.invoices.explainLine(story.tenant, invoice.id, line.id);
      assert.ok(explained?.recomputed.agrees && explained.usage?.recounted.agrees, line.description);
      found[line.priceKey ?? ''] = line.quantity;
    }
  }
  return found;
}

function expected(told: readonly Told[]): Record<string, string> {
  const sums: Record<string, number> = {};
  for (const [, n, , key] of told) sums[key] = (sums[key] ?? 0) + n;
  return Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, String(sum)]));
}

async function total(story: Story, key: string): Promise<string | null | undefined> {
  const asked = { meter: key, from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
  const answer = await story.billing().usage.query(story.tenant, asked);
  return answer.ok ? answer.data.rows[0]?.quantity : undefined;
}

const sum = (parts: Record<string, string>): number =>
  Object.values(parts).reduce((all, part) => all + Number(part), 0);

for (const backend of BACKENDS) {
  describe(`prices that share a meter on ${backend}`, () => {
    const world = storyWorld(backend);

    test('the most specific price takes an event, a priority comes first, and the groups add up to the meter', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [SUM], prices: [...PRICES] });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-06T00:00:00Z');
      const send = async ([at, n, properties]: Told) => {
        assert.equal(
          await story.send(ada, { type: 'call', at, properties: { n, ...properties } }),
          'created',
        );
      };
      for (const told of USAGE) await send(told);
      const november = {
        plan: 'pro',
        customer: 'ada',
        from: '2023-11-01T00:00:00Z',
        to: '2023-12-01T00:00:00Z',
      };
      const preview = await story.billing().prices.preview(story.tenant, november);
      assert.ok(preview.ok);
      const previewed = preview.data.prices.map(({ key, quantity }) => [key, quantity]);
      assert.deepEqual(Object.fromEntries(previewed), expected(USAGE));

      await story.moveTo('2023-12-02T00:00:00Z');
      const billed = await quantities(story, ada, 'usage');
      assert.deepEqual(billed, expected(USAGE));
      assert.equal(String(sum(billed)), await total(story, 'sum'));
      const [invoice] = await story.invoices(ada);
      // 65 × 0.01 + 8 × 0.02 + 4 × 0.1 + 2 × 1 + 16 × 0 + 32 × 0.5.
      assert.equal(invoice?.total, '1921');

      for (const told of LATE) await send(told);
      await story.moveTo('2024-01-02T00:00:00Z');
      const late = await quantities(story, ada, 'late_usage');
      assert.deepEqual(late, expected(LATE));
      assert.equal(String(sum(billed) + sum(late)), await total(story, 'sum'));
      await story.ledger();
    });

    test('a line says which part of the meter it counts', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [SUM], prices: [...PRICES] });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-06T00:00:00Z');
      await story.send(ada, { type: 'call', at: '2023-11-02T00:00:00Z', properties: { n: 5, size: 'l' } });
      await story.moveTo('2023-12-02T00:00:00Z');
      const [invoice] = await story.invoices(ada);
      const line = invoice?.lines[0];
      const explained = await story
        .billing()
        .reads.invoices.explainLine(story.tenant, invoice?.id ?? '', line?.id ?? '');
      assert.equal(
        explained?.text[0],
        '1 events of size l or xl, not of campaign x, not of region eu and size xl, not of region (none) and size (none), ' +
          'not of region eu from 2023-11-01T00:00:00.000000Z to before 2023-12-01T00:00:00.000000Z make 5',
      );
      assert.deepEqual(explained?.usage?.only?.where, { size: ['l', 'xl'] });
      assert.equal(explained?.usage?.only?.after.length, 4);
    });

    test('every way to count and to rate works on a part of a meter', async () => {
      const meters = [
        SUM,
        meter('peak', { aggregation: 'max', bucket: { unit: 'day', zone: 'UTC' } }),
        meter('users', { aggregation: 'unique_count', valueProperty: 'user' }),
        meter('seats', { aggregation: 'time_weighted_average' }),
        meter('sold', { aggregation: 'sum', amountProperty: 'price' }),
      ];
      const eu = { where: { region: ['eu'] } };
      const both = (key: string, more: Partial<Price> = {}) => [
        price(`${key}_eu`, '1', eu, { meter: key, ...more }),
        price(`${key}_rest`, '1', undefined, { meter: key, ...more }),
      ];
      const matrix = {
        type: 'matrix',
        cells: [{ when: { size: 'xl' }, unitAmount: '10' }],
        defaultUnitAmount: '1',
      };
      const prices = [
        ...both('peak'),
        ...both('users'),
        ...both('seats'),
        ...both('sold', { model: { type: 'dynamic', multiplier: '2' } }),
        price('sum_eu', '0', eu, { model: matrix }),
        price('sum_rest', '1', undefined, { freeUnits: { quantity: '1', reset: 'day' } }),
      ];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters, prices });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const [at, properties] of [
        ['2023-11-01T00:00:00Z', { n: 2, user: 'ann', price: '1', region: 'eu', size: 'xl' }],
        ['2023-11-01T00:00:00Z', { n: 6, user: 'ann', price: '2', region: 'us' }],
        ['2023-11-16T00:00:00Z', { n: 4, user: 'ben', price: '4', region: 'eu', size: 'xl' }],
        ['2023-11-16T00:00:00Z', { n: 3, user: 'ann', price: '8', region: 'us' }],
        ['2023-11-16T01:00:00Z', { n: 1, user: 'ann', price: '16', region: 'eu' }],
      ] as const) {
        assert.equal(await story.send(ada, { type: 'call', at, properties }), 'created');
      }
      await story.moveTo('2023-12-02T00:00:00Z');
      const [invoice] = await story.invoices(ada);
      const lines =
        invoice?.lines.map(({ priceKey, quantity, amount }) => [priceKey, `${quantity} ${amount}`]) ?? [];
      assert.deepEqual(Object.fromEntries(lines), {
        peak_eu: '6 600',
        peak_rest: '9 900',
        users_eu: '2 200',
        users_rest: '1 100',
        // 2 for 15 days and 4 for 15, with 1 more in a series of its own for all of them but an hour; 6 and 3 elsewhere.
        seats_eu: '3.498611111111111111 350',
        seats_rest: '4.5 450',
        sold_eu: '7 4200',
        sold_rest: '9 2000',
        sum_eu: '7 6100',
        sum_rest: '9 700',
      });
      await quantities(story, ada, 'usage');
    });

    test('a new version parts the meter in another way, also for a price that was agreed', async () => {
      const prices = [price('eu', '1', { where: { region: ['eu'] } }), price('rest', '2')];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [SUM], prices });
      const { customerId, name } = await story.subscribe('ada');
      const { subscriptions, plans } = story.billing();
      const { items } = await story.billing().reads.subscriptions.list(story.tenant, { customerId });
      const [first] = items;
      await done(
        subscriptions.cancel(story.tenant, {
          customerId,
          subscriptionId: first?.id ?? '',
          atPeriodEnd: false,
        }),
      );
      const agreed = { eu: { discountPercent: '50' } };
      const refused = await subscriptions.create(story.tenant, {
        customerId,
        plan: 'pro',
        prices: { eu: { filter: { where: { region: ['us'] } } } },
      });
      assert.equal(!refused.ok && refused.pointer, '/prices/eu/filter');
      const asked = { customerId, plan: 'pro', followsPlan: true, prices: agreed };
      const { id: subscriptionId } = await done(subscriptions.create(story.tenant, asked));
      const ada = { customerId, subscriptionId, name };
      const send = (at: string, n: number, region: string) =>
        story.send(ada, { type: 'call', at, properties: { n, region } });

      await story.moveTo('2023-11-06T00:00:00Z');
      await send('2023-11-02T00:00:00Z', 10, 'eu');
      await send('2023-11-02T00:00:00Z', 100, 'us');
      const wider = [price('eu', '1', { where: { region: ['eu', 'us'] } }), price('rest', '2')];
      await done(plans.publishVersion(story.tenant, { plan: 'pro', prices: wider }));
      await story.moveTo('2023-12-10T00:00:00Z');
      await send('2023-12-02T00:00:00Z', 10, 'eu');
      await send('2023-12-02T00:00:00Z', 100, 'us');
      await send('2023-12-02T00:00:00Z', 1, 'asia');
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-12-01 paid 205.00: eu 10 5.00, rest 100 200.00',
        '2024-01-01 paid 57.00: eu 110 55.00, rest 1 2.00',
      ]);
      await story.ledger();
    });

    test('what cannot be told apart is refused with its place', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [SUM] });
      const create = async (...prices: Price[]) => {
        const plan = { key: 'other', name: 'Other', currency: 'USD', interval: 'month' as const, prices };
        const answer = await story.billing().plans.create(story.tenant, plan);
        return answer.ok ? undefined : [answer.code, answer.pointer];
      };
      const eu = { where: { region: ['eu', 'us'] } };
      const same = { where: { region: ['us', 'eu', 'eu'] }, priority: 5 };
      const refusals: readonly (readonly [Price[], pointer: string])[] = [
        [[price('a', '1'), price('b', '2')], '/prices/1/meter'],
        [[price('a', '1', eu), price('b', '2', same)], '/prices/1/filter'],
        [[price('a', '1', { where: { colour: ['red'] } })], '/prices/0/filter/where'],
        [[price('a', '1', { where: {} })], '/prices/0/filter/where'],
        [[price('a', '1', { where: { region: 'eu' } })], '/prices/0/filter/where/region'],
        [[price('a', '1', { where: { region: [1] } })], '/prices/0/filter/where/region'],
        [[price('a', '1', { ...eu, priority: 0.5 })], '/prices/0/filter/priority'],
        [[price('a', '1', { ...eu, rest: true })], '/prices/0/filter/rest'],
        [[price('a', '1', {})], '/prices/0/filter/where'],
      ];
      for (const [prices, pointer] of refusals) {
        assert.deepEqual(await create(...prices), ['invalid_price', pointer]);
      }
      const fee = { model: { type: 'flat', amount: '1' }, cadence: 'in_advance', filter: eu } as const;
      const flat = { key: 'fee', name: 'Fee', ...fee };
      assert.deepEqual(await create(flat), ['invalid_price', '/prices/0/filter']);
      assert.equal(await create(price('a', '1', eu), price('b', '2')), undefined);
    });
  });
}
