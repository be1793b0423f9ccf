// Life stories of percentages that look at single events: corrections pay no fixed part, and meters whose quantity is not
// the sum of their events refuse such terms.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const percentage = (terms: Readonly<Record<string, string | number>>) => ({
  type: 'percentage',
  ratePercent: '10',
  ...terms,
});
const meter = { eventType: 'sale', valueProperty: 'price' };
const other = { ...meter, eventType: 'other' };
const METERS = [
  ...['fixed', 'bounded'].map((key) => ({
    ...meter,
    key,
    name: key,
    aggregation: 'sum' as const,
    acceptsNegative: true,
  })),
  ...(['max', 'min', 'average', 'latest', 'unique_count', 'time_weighted_average'] as const).map((key) => ({
    ...other,
    key,
    name: key,
    aggregation: key,
  })),
  { ...other, key: 'running', name: 'Running', aggregation: 'sum' as const, carriedOver: true },
  {
    ...other,
    key: 'bucketed',
    name: 'Bucketed',
    aggregation: 'sum' as const,
    bucket: { unit: 'day' as const, zone: 'UTC' },
  },
];
const price = (key: string, model: ReturnType<typeof percentage>) => ({
  key,
  name: key,
  cadence: 'in_arrears' as const,
  meter: key,
  model,
});
const EVENT_TERMS = {
  fixedAmount: '1',
  freeEvents: 1,
  freeAmount: '5',
  eventMinimum: '1',
  eventMaximum: '1000000',
};

for (const backend of BACKENDS) {
  describe(`terms of single events on ${backend}`, () => {
    const world = storyWorld(backend);

    test('a correction gives its share back and pays no fixed part, with or without a bound', async () => {
      const prices = [
        price('fixed', percentage({ fixedAmount: '1' })),
        price('bounded', percentage({ fixedAmount: '1', eventMaximum: '1000' })),
      ];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', prices, meters: METERS });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      for (const [at, amount] of [
        ['2023-11-05T14:00:00Z', 100],
        ['2023-11-05T16:00:00Z', -50],
      ] as const) {
        await story.send(ada, { type: 'sale', at, properties: { price: amount } });
      }
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), ['2023-12-01 paid 12.00: fixed 50 6.00, bounded 50 6.00']);
      await story.ledger();
    });

    test('only a sum that begins anew each period takes them, in plans, previews and agreed prices', async () => {
      const prices = [price('fixed', percentage({}))];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', prices, meters: METERS });
      const { plans, prices: previews, subscriptions } = story.billing();
      for (const { key } of METERS.slice(2)) {
        for (const [term, value] of Object.entries(EVENT_TERMS)) {
          const wrong = price(key, percentage({ [term]: value }));
          const plan = {
            key: 'wrong',
            name: 'Wrong',
            currency: 'USD',
            interval: 'month' as const,
            prices: [wrong],
          };
          const refused = await plans.create(story.tenant, plan);
          const said = refused.ok ? 'taken' : `${refused.code} ${refused.pointer}`;
          assert.equal(said, `invalid_price /prices/0/model/${term}`, key);
        }
        const asked = { price: { model: percentage({ freeEvents: 1 }), meter: key }, currency: 'USD' };
        const previewed = await previews.preview(story.tenant, { ...asked, quantity: { events: ['1'] } });
        assert.equal(previewed.ok ? '' : previewed.pointer, '/price/model/freeEvents');
      }
      const { customerId } = await story.subscribe('bob');
      const model = percentage({ eventMaximum: '5' });
      const agreed = await subscriptions.create(story.tenant, {
        customerId,
        plan: 'pro',
        prices: { fixed: { model } },
      });
      assert.equal(agreed.ok ? '' : agreed.pointer, '/prices/fixed/model/eventMaximum');
    });
  });
}
