// Life stories of prices with terms: what one period leaves counts in the next, late usage too, and service that ends early.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, type StoryStart } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const tokens = (terms: object): NonNullable<StoryStart['prices']> => [
  {
    key: 'tokens',
    name: 'Tokens',
    cadence: 'in_arrears',
    meter: 'tokens',
    model: { type: 'per_unit', unitAmount: '1' },
    ...terms,
  },
];

for (const backend of BACKENDS) {
  describe(`prices with terms on ${backend}`, () => {
    const world = storyWorld(backend);

    test('units that are free once are spent over the periods; late usage moves what later periods pay', async () => {
      const prices = tokens({ freeUnits: { quantity: '100', reset: 'never' } });
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', prices });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-10T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 60);
      await story.moveTo('2023-12-10T00:00:00Z');
      await story.use(ada, '2023-12-10T00:00:00Z', 60);
      await story.moveTo('2024-01-04T00:00:00Z');
      await story.use(ada, '2024-01-04T00:00:00Z', 5);
      // 60 of 100 are free in November, 40 in December: 20 are paid.
      assert.deepEqual(await story.billed(ada), [
        '2023-12-01 paid 0.00: tokens 60 0.00',
        '2024-01-01 paid 20.00: tokens 60 20.00',
      ]);
      // Nothing that comes late for November is beyond 100 there, but December loses as much of its free units.
      await story.use(ada, '2023-11-20T00:00:00Z', 30);
      await story.moveTo('2024-02-02T00:00:00Z');
      assert.deepEqual((await story.billed(ada)).slice(2), [
        '2024-02-01 paid 35.00: late tokens 0 30.00, tokens 5 5.00',
      ]);
      await story.ledger();
    });

    test('a commitment over three months is trued up in the third and begins again in the fourth', async () => {
      const commitment = {
        type: 'amount',
        value: '100',
        over: 'term',
        periods: 3,
        trueUp: true,
        overageFactor: '2',
      };
      const story = await world.begin({ at: '2023-01-01T00:00:00Z', prices: tokens({ commitment }) });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-01-10T00:00:00Z');
      await story.use(ada, '2023-01-10T00:00:00Z', 30);
      await story.moveTo('2023-02-10T00:00:00Z');
      await story.use(ada, '2023-02-10T00:00:00Z', 50);
      await story.moveTo('2023-03-10T00:00:00Z');
      await story.use(ada, '2023-03-10T00:00:00Z', 5);
      await story.moveTo('2023-04-10T00:00:00Z');
      await story.use(ada, '2023-04-10T00:00:00Z', 110);
      await story.moveTo('2023-05-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-02-01 paid 30.00: tokens 30 30.00',
        '2023-03-01 paid 50.00: tokens 50 50.00',
        '2023-04-01 paid 20.00: tokens 5 20.00',
        '2023-05-01 paid 120.00: tokens 110 120.00',
      ]);
    });

    test('when service ends early, a term ends with it and asks for the part that was served', async () => {
      const commitment = { type: 'amount', value: '365', over: 'term', periods: 12, trueUp: true };
      const story = await world.begin({ at: '2023-01-01T00:00:00Z', prices: tokens({ commitment }) });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-01-10T00:00:00Z');
      await story.use(ada, '2023-01-10T00:00:00Z', 1);
      await story.moveTo('2023-02-10T00:00:00Z');
      const { tenant } = story;
      const { customerId, subscriptionId } = ada;
      await done(story.billing().subscriptions.cancel(tenant, { customerId, subscriptionId }));
      await story.moveTo('2023-03-02T00:00:00Z');
      // 59 of 365 days at 1.00 each, of which January brought 1.00.
      assert.deepEqual(await story.billed(ada), [
        '2023-02-01 paid 1.00: tokens 1 1.00',
        '2023-03-01 paid 58.00: tokens 0 58.00',
      ]);
    });

    test('a minimum shrinks with the part of the month that was served', async () => {
      const story = await world.begin({
        at: '2023-11-01T00:00:00Z',
        prices: tokens({ minimum: '30', discountPercent: '10' }),
      });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-02T00:00:00Z');
      await story.use(ada, '2023-11-02T00:00:00Z', 5);
      await story.moveTo('2023-12-11T00:00:00Z');
      const { customerId, subscriptionId } = ada;
      await done(
        story
          .billing()
          .subscriptions.cancel(story.tenant, { customerId, subscriptionId, atPeriodEnd: false }),
      );
      await story.moveTo('2023-12-12T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-12-01 paid 30.00: tokens 5 30.00',
        '2023-12-11 paid 9.68: tokens 0 9.68',
      ]);
    });
  });
}
