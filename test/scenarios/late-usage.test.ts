// Life stories of usage that is sent after its period: before the cutoff it is on the invoice, after it on the next one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`late usage on ${backend}`, () => {
    const world = storyWorld(backend);

    test('sent between the end of the period and the cutoff, it is billed with the period; the clock goes on', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-12-01T00:30:00Z');
      assert.equal(await story.use(ada, '2023-11-30T23:50:00Z', 20), 'created');
      await story.moveTo('2023-12-02T00:00:00Z');
      const december = '2023-12-01 paid 12.00: fee 10.00, tokens 20 2.00';
      assert.deepEqual((await story.billed(ada)).slice(1), [december]);
      assert.equal(await story.use(ada, '2023-11-30T23:55:00Z', 5), 'created');
      assert.equal(await story.use(ada, '2023-11-30T23:56:00Z', 5), 'created');
      await story.moveTo('2024-01-02T00:00:00Z');
      const [, , january] = await story.billed(ada);
      assert.match(january ?? '', /^2024-01-01 paid 11\.00: late tokens .*fee 10\.00$/);
      await story.ledger();
    });

    test('a backdated start bills on one invoice what was sent before the subscription existed', async () => {
      const story = await world.begin({ at: '2023-12-10T00:00:00Z' });
      const { tenant, clockId: testClock } = story;
      const { customers, subscriptions } = story.billing();
      const { id: customerId } = await done(
        customers.create(tenant, { externalId: 'bob', name: 'bob', testClock }),
      );
      const bob = { customerId, subscriptionId: '', name: 'bob' };
      assert.equal(await story.use(bob, '2023-11-15T00:00:00Z', 30), 'created');
      await done(subscriptions.create(tenant, { customerId, plan: 'pro', startAt: '2023-11-01T00:00:00Z' }));
      assert.deepEqual(await story.billed(bob), [
        '2023-12-10 open 23.00: fee 10.00, tokens 30 3.00, fee 10.00',
      ]);
      assert.equal(await story.use(bob, '2023-11-16T00:00:00Z', 10), 'created');
      await story.moveTo('2024-01-02T00:00:00Z');
      const [, january] = await story.billed(bob);
      assert.equal(january, '2024-01-01 open 11.00: late tokens 10 1.00, fee 10.00');
    });
  });
}
