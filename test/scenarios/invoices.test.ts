// Life stories of invoices: the first one, months of different lengths, usage that comes late, and nothing to pay.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

for (const backend of BACKENDS) {
  describe(`invoices on ${backend}`, () => {
    const world = storyWorld(backend);

    test('the first month: the fee at once, the usage after the grace, both paid', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-15T12:00:00Z');
      assert.deepEqual(await story.billed(ada), ['2023-11-01 paid 10.00: fee 10.00']);
      assert.equal(await story.use(ada, '2023-11-10T08:00:00Z', 120), 'created');
      assert.equal(await story.use(ada, '2023-11-11T08:00:00Z', 30), 'created');

      await story.moveTo('2023-12-01T00:59:59Z');
      assert.equal((await story.invoices(ada)).at(-1)?.status, 'draft', 'usage is awaited for an hour');
      await story.moveTo('2023-12-01T01:00:00Z');
      const [first, second, ...others] = await story.invoices(ada);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [first?.number, second?.number, second?.issueDate],
        ['INV-2023-000001', 'INV-2023-000002', '2023-12-01'],
      );
      assert.deepEqual((await story.billed(ada))[1], '2023-12-01 paid 22.50: fee 10.00, tokens 150 12.50');
      assert.deepEqual(await story.events(ada), [
        'customer.created',
        'subscription.created',
        'invoice.created',
        'payment.succeeded',
        'invoice.paid',
        'invoice.created',
        'payment.succeeded',
        'invoice.paid',
      ]);
      assert.equal((await story.ledger())['gateway_clearing:fake'], 3250n);
    });

    test('a subscription of the 31st ends its months on their last days, across a change to summer time', async () => {
      const story = await world.begin({ at: '2023-01-30T23:00:00Z', zone: 'Europe/Berlin' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-04-30T00:00:00Z');
      const invoices = await story.invoices(ada);
      assert.deepEqual(
        invoices.flatMap(({ lines }) =>
          lines.map(({ serviceStart, serviceEnd }) => [serviceStart, serviceEnd]),
        ),
        [
          ['2023-01-30T23:00:00.000000Z', '2023-02-27T23:00:00.000000Z'],
          ['2023-02-27T23:00:00.000000Z', '2023-03-30T22:00:00.000000Z'],
          ['2023-03-30T22:00:00.000000Z', '2023-04-29T22:00:00.000000Z'],
          ['2023-04-29T22:00:00.000000Z', '2023-05-30T22:00:00.000000Z'],
        ],
      );
      assert.ok(invoices.every(({ status, total }) => status === 'paid' && total === '1000'));
    });

    test('usage that comes after its month was billed is on the next invoice at the price of the last units', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z' });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-30T00:00:00Z');
      await story.use(ada, '2023-11-10T08:00:00Z', 90);
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual((await story.billed(ada))[1], '2023-12-01 paid 19.00: fee 10.00, tokens 90 9.00');

      await story.use(ada, '2023-11-20T08:00:00Z', 30);
      await story.use(ada, '2023-12-01T08:00:00Z', 5);
      await story.moveTo('2024-01-01T01:00:00Z');
      // Ten at 0.10 and twenty at 0.05 are left of November's tiers; December has tiers of its own.
      const third = '2024-01-01 paid 12.50: late tokens 30 2.00, fee 10.00, tokens 5 0.50';
      assert.equal((await story.billed(ada))[2], third);
      await story.ledger();
    });

    test('an invoice over nothing to pay is paid when it is issued, and nobody is asked for money', async () => {
      const free = { type: 'per_unit', unitAmount: '0' } as const;
      const story = await world.begin({
        at: '2023-11-01T00:00:00Z',
        prices: [{ key: 'tokens', name: 'Tokens', cadence: 'in_arrears', meter: 'tokens', model: free }],
      });
      const ada = await story.subscribe('ada');
      const bob = await story.subscribe('bob');
      await story.moveTo('2023-11-30T00:00:00Z');
      await story.use(ada, '2023-11-10T08:00:00Z', 90);
      await story.moveTo('2023-12-01T01:00:00Z');
      assert.deepEqual(await story.billed(ada), ['2023-12-01 paid 0.00: tokens 90 0.00']);
      const [invoice] = await story.invoices(ada);
      assert.deepEqual([invoice?.number, invoice?.attempts.length], ['INV-2023-000001', 0]);
      assert.deepEqual(await story.billed(bob), [], 'an invoice without lines does not exist');
      assert.deepEqual(await story.ledger(), {});
    });
  });
}
