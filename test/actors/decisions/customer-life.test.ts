// The life of a customer as its actor decides it: periods, invoices, money, lateness, refusals. No database.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Price } from '#actors/state/plan.ts';
import { testActor } from '#test/support/actor.ts';

const FEE: Price = {
  id: 'prc_fee',
  key: 'fee',
  name: 'Platform fee',
  cadence: 'in_advance',
  meterId: null,
  model: { type: 'flat', amount: '99' },
};
const CALLS: Price = {
  id: 'prc_calls',
  key: 'calls',
  name: 'API calls',
  cadence: 'in_arrears',
  meterId: 'mtr_calls',
  model: {
    type: 'graduated',
    tiers: [
      { upTo: '1000', unitAmount: '0.01' },
      { upTo: null, unitAmount: '0.005' },
    ],
  },
};

const START = { type: 'subscription.create', plan: 'pro' } as const;
const types = (events: readonly { type: string }[]): string[] => events.map((event) => event.type);

describe('a customer on a monthly plan', () => {
  it('is billed the fee at once, and the usage with the next fee an hour after the month', () => {
    const actor = testActor([FEE, CALLS]);
    const [outcome] = actor.at('2023-11-01T00:00:00Z', START);
    assert.equal(outcome?.ok, true);
    assert.deepEqual(types(actor.events), ['billing.subscription.created', 'billing.invoice.created']);
    assert.equal(actor.rows('invoices')[0]?.total, 9900n);
    assert.equal(actor.rows('customer')[0]?.dueAt?.toString(), '2023-12-01T00:00:00Z');

    actor.count('mtr_calls', '3000');
    actor.at('2023-12-01T00:00:00Z');
    const draft = actor.rows('invoices')[1];
    assert.equal(draft?.status, 'draft');
    assert.equal(draft?.total, 9900n);
    actor.at('2023-12-01T01:00:00Z');
    const invoice = actor.rows('invoices')[1];
    assert.equal(invoice?.status, 'open');
    assert.equal(invoice?.total, 9900n + 1000n + 1000n);
    const lines = actor.rows('lines').filter((line) => line.invoiceId === invoice?.id);
    assert.deepEqual(
      lines.map((line) => [line.kind, line.quantity, line.amount]),
      [
        ['fee', '1', 9900n],
        ['usage', '3000', 2000n],
      ],
    );
    assert.equal(actor.rows('charges').find((charge) => charge.priceId === 'prc_calls')?.status, 'final');
  });

  it('gets to the true state in one turn when its whole life has elapsed', () => {
    const actor = testActor([FEE, CALLS]);
    actor.at('2023-11-01T00:00:00Z', START);
    actor.count('mtr_calls', '10');
    actor.at('2024-03-05T00:00:00Z');
    const totals = actor
      .rows('invoices')
      .map((invoice) => [invoice.boundaryAt.toString().slice(0, 10), invoice.total]);
    assert.deepEqual(totals, [
      ['2023-11-01', 9900n],
      ['2023-12-01', 9910n],
      ['2024-01-01', 9910n],
      ['2024-02-01', 9910n],
      ['2024-03-01', 9910n],
    ]);
  });

  it('bills late usage on the next invoice as its own line at the marginal price', () => {
    const actor = testActor([FEE, CALLS]);
    actor.at('2023-11-01T00:00:00Z', START);
    actor.count('mtr_calls', '900');
    actor.at('2023-12-01T01:00:00Z');
    actor.count('mtr_calls', '1100');
    actor.stale('mtr_calls', '2023-11-16T18:00:00Z');
    actor.at('2023-12-02T00:00:00Z');
    assert.deepEqual(actor.state.stale, []);
    actor.count('mtr_calls', '0');
    actor.at('2024-01-01T01:00:00Z');
    const late = actor.rows('lines').find((line) => line.kind === 'late_usage');
    assert.equal(late?.quantity, '200');
    assert.equal(late?.amount, 100n * 1n + 50n);
    const invoice = actor.rows('invoices').find((candidate) => candidate.id === late?.invoiceId);
    assert.equal(invoice?.boundaryAt.toString(), '2024-01-01T00:00:00Z');
    assert.equal(invoice?.status, 'open');
    assert.equal(invoice?.total, 9900n + 150n);
  });

  it('waits with the final count while usage received before the cutoff is still in the inbox', () => {
    const actor = testActor([CALLS]);
    actor.at('2023-11-01T00:00:00Z', START);
    actor.count('mtr_calls', '5', true);
    actor.at('2023-12-01T01:00:00Z');
    assert.equal(actor.rows('invoices').length, 0);
    actor.count('mtr_calls', '500');
    actor.at('2023-12-01T01:00:05Z');
    assert.equal(actor.rows('invoices')[0]?.total, 500n);
  });

  it('posts balanced journals and moves the declined to past_due, then back', () => {
    const actor = testActor([FEE]);
    actor.at('2023-11-01T00:00:00Z', START);
    const record = (attemptId: string, outcome: object) =>
      ({ type: 'payment.record', attemptId, epoch: 0, outcome }) as never;
    const first = actor.rows('attempts')[0];
    actor.at(
      '2023-11-01T00:00:01Z',
      record(first?.id ?? '', { kind: 'declined', code: 'card_declined', message: 'No.' }),
    );
    assert.equal(actor.rows('subscriptions')[0]?.status, 'past_due');
    actor.at('2023-11-04T00:00:01Z');
    const second = actor.rows('attempts')[1];
    assert.equal(second?.number, 2);
    assert.notEqual(second?.providerKey, first?.providerKey);
    actor.at('2023-11-04T00:00:02Z', record(second?.id ?? '', { kind: 'succeeded', reference: 'ch_1' }));
    assert.equal(actor.rows('subscriptions')[0]?.status, 'active');
    assert.equal(actor.rows('invoices')[0]?.status, 'paid');
    for (const journal of actor.journals) {
      assert.equal(
        journal.postings.reduce((sum, posting) => sum + posting.amount, 0n),
        0n,
      );
    }
    assert.deepEqual(types(actor.events).slice(2), [
      'billing.payment.failed',
      'billing.subscription.updated',
      'billing.payment.succeeded',
      'billing.invoice.paid',
      'billing.subscription.updated',
    ]);
  });

  it('keeps an unknown attempt: same key, nothing new asked, nothing declined', () => {
    const actor = testActor([FEE]);
    actor.at('2023-11-01T00:00:00Z', START);
    const attempt = actor.rows('attempts')[0];
    const retryAt = Temporal.Instant.from('2026-01-01T00:00:02Z');
    const unknown = {
      type: 'payment.record',
      attemptId: attempt?.id ?? '',
      epoch: 0,
      outcome: { kind: 'unknown', retryAt },
    } as const;
    actor.at('2023-11-01T00:00:01Z', unknown);
    const [busy] = actor.at('2023-11-01T00:00:02Z', {
      type: 'invoice.pay',
      invoiceId: attempt?.invoiceId ?? '',
    });
    assert.equal(busy?.ok === false && busy.code, 'invoice_busy');
    assert.equal(actor.rows('attempts').length, 1);
    assert.equal(actor.rows('attempts')[0]?.status, 'unknown');
  });

  it('parks a charge that hits a bug and bills its siblings; the release bills it too', () => {
    const broken = { ...CALLS, id: 'prc_broken', key: 'broken', meterId: 'mtr_broken' };
    const actor = testActor([FEE, CALLS, broken]);
    actor.at('2023-11-01T00:00:00Z', START);
    actor.count('mtr_calls', '100');
    actor.count('mtr_broken', 'not a number');
    actor.at('2023-12-01T01:00:00Z');
    const parked = actor.rows('charges').find((charge) => charge.parkedAt !== null);
    assert.equal(parked?.priceId, 'prc_broken');
    assert.equal(
      actor.rows('charges').find((c) => c.priceId === 'prc_calls')?.status,
      'active.final_realization.issuing',
    );
    actor.at('2023-12-04T01:00:00Z');
    assert.equal(actor.rows('invoices')[1]?.status, 'open');
    actor.count('mtr_broken', '100');
    actor.at('2023-12-05T00:00:00Z', { type: 'customer.release' });
    const supplement = actor.rows('invoices')[2];
    assert.equal(supplement?.kind, 'supplement');
    assert.equal(supplement?.total, 100n);
  });

  it('ends at its period end when asked, and bills nothing after', () => {
    const actor = testActor([FEE, CALLS]);
    const [created] = actor.at('2023-11-01T00:00:00Z', START);
    const subscriptionId = actor.rows('subscriptions')[0]?.id ?? '';
    assert.equal(created?.ok, true);
    actor.at('2023-11-10T00:00:00Z', { type: 'subscription.cancel', subscriptionId });
    actor.count('mtr_calls', '7');
    actor.at('2024-02-01T00:00:00Z');
    const subscription = actor.rows('subscriptions')[0];
    assert.equal(subscription?.status, 'canceled');
    assert.equal(subscription?.endedAt?.toString(), '2023-12-01T00:00:00Z');
    assert.deepEqual(
      actor.rows('invoices').map((invoice) => invoice.total),
      [9900n, 7n],
    );
  });

  it('refuses without a trace', () => {
    const actor = testActor([FEE, CALLS]);
    const [missing] = actor.at('2023-11-01T00:00:00Z', { type: 'subscription.create', plan: 'gold' });
    assert.equal(missing?.ok === false && missing.code, 'plan_not_found');
    assert.equal(actor.rows('subscriptions').length, 0);
    actor.at('2023-11-01T00:00:00Z', START);
    const [twice] = actor.at('2023-11-01T00:00:00Z', START);
    assert.equal(twice?.ok === false && twice.code, 'meter_in_use');
    assert.equal(actor.rows('subscriptions').length, 1);
  });
});
