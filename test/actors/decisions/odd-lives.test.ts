// Stories that a customer may legitimately live and that are easy to get wrong: endings before the start, endings of an
// actor that is behind, cards that come while an answer is owed, credits that cancel a fee. No database.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Price } from '#actors/state/plan.ts';
import { testActor } from '#test/support/actor.ts';

const flat = (id: string, amount: string, cadence: Price['cadence'] = 'in_advance'): Price => ({
  id: `prc_${id}`,
  key: id,
  name: id,
  cadence,
  meterId: null,
  model: { type: 'flat', amount },
});
const CALLS: Price = {
  id: 'prc_calls',
  key: 'calls',
  name: 'API calls',
  cadence: 'in_arrears',
  meterId: 'mtr_calls',
  model: { type: 'per_unit', unitAmount: '0.01' },
};
const START = { type: 'subscription.create', plan: 'pro' } as const;
const cancelNow = (subscriptionId: string) =>
  ({ type: 'subscription.cancel', subscriptionId, atPeriodEnd: false }) as const;
const card = (token: string) =>
  ({ type: 'payment_method.attach', gateway: 'fake', token, isDefault: true }) as const;

describe('canceling', () => {
  it('a subscription that has not started ends it at once and bills nothing', () => {
    const actor = testActor([flat('fee', '99'), CALLS]);
    actor.at('2023-11-01T00:00:00Z', { ...START, startAt: '2023-12-01T00:00:00Z' });
    const id = actor.rows('subscriptions')[0]?.id ?? '';
    actor.at('2023-11-10T00:00:00Z', { type: 'subscription.cancel', subscriptionId: id });
    assert.equal(actor.rows('subscriptions')[0]?.status, 'canceled');
    assert.equal(actor.rows('customer')[0]?.dueAt, null);
    actor.at('2024-02-01T00:00:00Z');
    assert.deepEqual(actor.rows('charges'), []);
    assert.deepEqual(actor.rows('invoices'), []);
  });

  it('now, by an actor that is behind, bills every boundary that was missed', () => {
    const actor = testActor([flat('fee', '99'), CALLS]);
    actor.at('2023-11-01T00:00:00Z', START);
    actor.count('mtr_calls', '100');
    const id = actor.rows('subscriptions')[0]?.id ?? '';
    actor.at('2024-01-10T00:00:00Z', cancelNow(id));
    actor.at('2024-01-10T01:00:00Z');
    assert.deepEqual(
      actor.rows('invoices').map(({ boundaryAt, total }) => [boundaryAt.toString().slice(0, 10), total]),
      [
        ['2023-11-01', 9900n],
        ['2023-12-01', 10000n],
        ['2024-01-01', 10000n],
        ['2024-01-10', 100n],
      ],
    );
  });

  it('at the end of the period means the period that runs now, not the one an actor behind still sees', () => {
    const actor = testActor([flat('fee', '99')]);
    actor.at('2023-11-01T00:00:00Z', START);
    const subscriptionId = actor.rows('subscriptions')[0]?.id ?? '';
    actor.at('2023-12-05T00:00:00Z', { type: 'subscription.cancel', subscriptionId });
    assert.equal(actor.rows('subscriptions')[0]?.cancelAt?.toString(), '2024-01-01T00:00:00Z');
    assert.equal(actor.rows('invoices').length, 2);
  });
});

it('a card that comes while the gateway owes an answer leaves nothing due', () => {
  const actor = testActor([flat('fee', '99')]);
  actor.at('2023-11-01T00:00:00Z', START);
  assert.equal(actor.rows('attempts').length, 1);
  actor.at('2023-11-02T00:00:00Z', card('tok_other'));
  assert.equal(actor.rows('attempts').length, 1);
  assert.equal(actor.rows('customer')[0]?.dueAt?.toString(), '2023-12-01T00:00:00Z');
});

it('an invoice whose lines cancel out still posts what each line is', () => {
  const actor = testActor([flat('fee', '1'), CALLS]);
  actor.at('2023-11-01T00:00:00Z', START);
  actor.count('mtr_calls', '150');
  actor.at('2023-12-01T01:00:00Z');
  actor.count('mtr_calls', '50');
  actor.stale('mtr_calls', '2023-11-16T18:00:00Z');
  actor.at('2023-12-02T00:00:00Z');
  actor.count('mtr_calls', '0');
  actor.at('2024-01-01T01:00:00Z');
  const invoice = actor.rows('invoices').at(-1);
  assert.equal(invoice?.status, 'paid');
  assert.equal(invoice?.total, 0n);
  const journal = actor.journals.find(({ source }) => source === invoice?.id);
  assert.deepEqual(journal?.postings.map(({ account, amount }) => [account, amount]).sort(), [
    ['deferred_revenue', -100n],
    ['revenue:usage', 100n],
  ]);
});

it('late usage that hits a bug parks its charge; the siblings go on, and the release bills it', () => {
  const broken = { ...CALLS, id: 'prc_broken', key: 'broken', meterId: 'mtr_broken' };
  const actor = testActor([flat('fee', '99'), broken, CALLS]);
  actor.at('2023-11-01T00:00:00Z', START);
  actor.at('2023-12-01T01:00:00Z');
  actor.count('mtr_broken', 'not a number');
  actor.count('mtr_calls', '100');
  actor.stale('mtr_broken', '2023-11-16T18:00:00Z');
  actor.stale('mtr_calls', '2023-11-16T18:00:00Z');
  actor.at('2023-12-02T00:00:00Z');
  assert.equal(actor.rows('charges').filter(({ parkedAt }) => parkedAt !== null).length, 1);
  assert.deepEqual(
    actor
      .rows('lines')
      .filter(({ kind }) => kind === 'late_usage')
      .map(({ amount }) => amount),
    [100n],
  );
  actor.count('mtr_broken', '70');
  actor.at('2023-12-03T00:00:00Z', { type: 'customer.release' });
  assert.deepEqual(
    actor
      .rows('lines')
      .filter(({ kind }) => kind === 'late_usage')
      .map(({ amount }) => amount),
    [100n, 70n],
  );
  assert.deepEqual(actor.state.stale, []);
});

it('a fee is charged for the quantity of its item, whatever its price is called', () => {
  const actor = testActor([flat('constructor', '5'), flat('seats', '10')]);
  actor.at('2023-11-01T00:00:00Z', { ...START, quantities: { seats: '3' } });
  assert.equal(actor.rows('invoices')[0]?.total, 3500n);
});

it('a released charge does not leave its draft waiting for the end of the hold', () => {
  const broken = { ...CALLS, id: 'prc_broken', key: 'broken', meterId: 'mtr_broken' };
  const actor = testActor([flat('fee', '99'), broken]);
  actor.at('2023-11-01T00:00:00Z', START);
  actor.count('mtr_broken', 'not a number');
  actor.at('2023-12-01T01:00:00Z');
  actor.count('mtr_broken', '100');
  actor.at('2023-12-01T05:00:00Z', { type: 'customer.release' });
  assert.equal(actor.rows('invoices')[1]?.status, 'open');
  assert.equal(actor.rows('invoices')[1]?.total, 10000n);
});

it('a backdated start bills the usage that is already there, whenever it was received', () => {
  const actor = testActor([CALLS]);
  actor.count('mtr_calls', '100');
  actor.at('2023-12-10T00:00:00Z', { ...START, startAt: '2023-11-01T00:00:00Z' });
  const elapsed = actor
    .rows('charges')
    .find(({ serviceEnd }) => serviceEnd.toString() === '2023-12-01T00:00:00Z');
  assert.equal(actor.rows('invoices')[0]?.status, 'open');
  assert.equal(elapsed?.cutoffAt?.toString(), '2023-12-10T00:00:00.000001Z');
});

it('canceling twice does not bring back what is over', () => {
  const actor = testActor([flat('fee', '99')]);
  actor.at('2023-11-01T00:00:00Z', START);
  const subscriptionId = actor.rows('subscriptions')[0]?.id ?? '';
  actor.at('2023-11-10T00:00:00Z', { type: 'subscription.cancel', subscriptionId });
  const [again] = actor.at('2023-12-05T00:00:00Z', cancelNow(subscriptionId));
  assert.equal(again?.ok === false && again.code, 'subscription_ended');
  assert.equal(actor.rows('subscriptions')[0]?.endedAt?.toString(), '2023-12-01T00:00:00Z');
  assert.equal(actor.rows('invoices').length, 1);
});

it('a plan that costs nothing makes no invoice, and its 31st comes back after short months', () => {
  const actor = testActor([flat('fee', '0')]);
  actor.at('2024-01-31T00:00:00Z', START);
  actor.at('2024-05-31T00:00:00Z');
  assert.deepEqual(actor.rows('invoices'), []);
  assert.equal(actor.rows('customer')[0]?.dueAt?.toString(), '2024-06-30T00:00:00Z');
  assert.ok(actor.rows('charges').every(({ status }) => status !== 'issuing'));
});
