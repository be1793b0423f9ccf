// Life stories of endings: a subscription that is canceled serves its period to the end, bills what was used, and stays silent.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`cancel on ${backend}`, () => {
    const world = storyWorld(backend);

    test('at the end of its period: the usage is billed, no further fee, and nothing afterwards', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      const { customerId, subscriptionId } = ada;
      const canceled = await story
        .billing()
        .subscriptions.cancel(story.tenant, { customerId, subscriptionId });
      assert.ok(canceled.ok, JSON.stringify(canceled));
      assert.equal(await story.status(ada), 'active', 'the period is paid for');
      await story.moveTo('2023-11-30T12:00:00Z');
      assert.equal(await story.use(ada, '2023-11-30T11:00:00Z', 40), 'created');

      await story.moveTo('2023-12-01T01:00:00Z');
      assert.equal(await story.status(ada), 'canceled');
      const billed = ['2023-11-01 paid 10.00: fee 10.00', '2023-12-01 paid 4.00: tokens 40 4.00'];
      assert.deepEqual(await story.billed(ada), billed);
      await story.moveTo('2024-03-01T00:00:00Z');
      assert.deepEqual(await story.billed(ada), billed);
      assert.equal((await story.events(ada)).filter((type) => type === 'subscription.canceled').length, 1);
      await story.ledger();
    });

    test('usage of a canceled subscription that comes late is billed on an invoice of its own', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      const { customerId, subscriptionId } = ada;
      await story.billing().subscriptions.cancel(story.tenant, { customerId, subscriptionId });
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), ['2023-11-01 paid 10.00: fee 10.00']);
      await story.use(ada, '2023-11-15T11:00:00Z', 7);
      await story.moveTo('2023-12-15T00:00:00Z');
      const [, late, ...others] = await story.billed(ada);
      assert.match(late ?? '', / paid 0\.70: late tokens 7 0\.70$/);
      assert.deepEqual(others, []);
      await story.ledger();
    });
  });
}
