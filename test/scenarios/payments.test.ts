// Life stories of payments: a card that declines once, one that always declines, and an answer that is lost.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`payments on ${backend}`, () => {
    const world = storyWorld(backend);

    test('a declined card makes the subscription past due; the retry three days later makes it active again', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada', 'tok_decline_once');
      const bob = await story.subscribe('bob');
      await story.moveTo('2023-11-03T23:59:59Z');
      assert.equal(await story.status(ada), 'past_due');
      assert.equal(await story.status(bob), 'active');
      assert.deepEqual(await story.billed(ada), ['2023-11-01 open 10.00: fee 10.00']);
      await story.ledger();

      await story.moveTo('2023-11-04T00:00:00Z');
      assert.equal(await story.status(ada), 'active');
      assert.deepEqual(await story.billed(ada), ['2023-11-01 paid 10.00: fee 10.00']);
      const [invoice] = await story.invoices(ada);
      assert.deepEqual(
        invoice?.attempts.map(({ number, status, code, amount }) => [number, status, code, amount]),
        [
          [1, 'failed', 'card_declined', '1000'],
          [2, 'succeeded', null, '1000'],
        ],
      );
      assert.deepEqual(await story.events(ada), [
        'customer.created',
        'subscription.created',
        'invoice.created',
        'payment.failed',
        'subscription.updated',
        'payment.succeeded',
        'invoice.paid',
        'subscription.updated',
      ]);
      assert.equal((await story.ledger())['gateway_clearing:fake'], 2000n);
    });

    test('time goes on for who does not pay, and a good card pays everything', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada', 'tok_decline');
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-11-01 open 10.00: fee 10.00',
        '2023-12-01 open 10.00: fee 10.00',
      ]);
      assert.equal(await story.status(ada), 'past_due');
      // Dunning after 3, 5 and 7 days: four attempts for November's, one so far for December's.
      const attempts = (await story.invoices(ada)).map((invoice) => invoice.attempts.length);
      assert.deepEqual(attempts, [4, 1]);

      const card = { gateway: 'fake', token: `tok_ok_${story.tenant}`, isDefault: true };
      const { paymentMethods, invoices } = story.billing();
      const attached = await paymentMethods.attach(story.tenant, { customerId: ada.customerId, ...card });
      assert.ok(attached.ok, JSON.stringify(attached));
      for (const { id, status } of await story.invoices(ada)) {
        if (status !== 'open') continue;
        await invoices.pay(story.tenant, { customerId: ada.customerId, invoiceId: id });
      }
      await story.moveTo('2023-12-03T00:00:00Z');
      assert.ok(
        (await story.billed(ada)).every((text) => text.includes(' paid ')),
        String(await story.billed(ada)),
      );
      assert.equal(await story.status(ada), 'active');
      await story.ledger();
    });

    test('a lost answer is asked for again under its key: one charge, one payment', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada', 'tok_unknown_once');
      // The clock is not stable before the answer is known.
      await story.moveTo('2023-11-01T00:00:01Z');
      const [invoice] = await story.invoices(ada);
      assert.deepEqual(
        invoice?.attempts.map(({ status, callCount }) => [status, callCount]),
        [['succeeded', 2]],
      );
      assert.deepEqual(
        invoice?.payments.map(({ amount }) => amount),
        ['1000'],
      );
      const { items: payments } = await story.billing().reads.payments.list(story.tenant, {
        customerId: ada.customerId,
      });
      assert.equal(payments.length, 1);
      assert.equal((await story.ledger())['gateway_clearing:fake'], 1000n);
    });
  });
}
