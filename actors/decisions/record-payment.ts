// Owns what a gateway's answer means: money in, a decline with its dunning, or still unknown (law 8).

import { daysAfter } from '#actors/calendar/instants.ts';
import { paymentSnapshot } from '#actors/events/snapshots.ts';
import { payWhenSettled } from '#actors/invoicing/settle.ts';
import { paymentJournal } from '#actors/ledger/invoice-journals.ts';
import { paymentAttemptMachine } from '#actors/machines/payment-attempt-machine.ts';
import { mustStep, step } from '#actors/machines/step.ts';
import { type LiveStatus, subscriptionMachine } from '#actors/machines/subscription-machine.ts';
import type { AttemptOutcome, RecordPayment } from '#actors/message.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Invoice } from '#actors/state/invoice.ts';
import type { PaymentAttempt } from '#actors/state/payment.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import { emitUpdated } from '#actors/subscriptions/advance-subscriptions.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Records the answer of the call made under `epoch`; any other epoch is refused as `fenced` (protocols H9). */
export function recordPayment(work: Workspace, message: RecordPayment): Outcome {
  const attempt = work.find('attempts', (candidate) => candidate.id === message.attemptId);
  if (attempt === undefined || attempt.epoch !== message.epoch) {
    return reject('fenced', `attempt ${message.attemptId} is settled or was claimed again`);
  }
  switch (message.outcome.kind) {
    case 'succeeded':
      settle(work, attempt, message.outcome.reference);
      break;
    case 'declined':
      decline(work, attempt, message.outcome);
      break;
    case 'unknown': {
      const status = mustStep(paymentAttemptMachine, { status: attempt.status, event: 'unknown' }, undefined);
      work.put('attempts', { ...attempt, status, nextCallAt: message.outcome.retryAt });
      break;
    }
    default:
      message.outcome satisfies never;
  }
  return { ok: true, data: { attemptId: attempt.id } };
}

function settle(work: Workspace, attempt: PaymentAttempt, reference: string): void {
  const status = mustStep(paymentAttemptMachine, { status: attempt.status, event: 'succeeded' }, undefined);
  const settled = { ...attempt, status, providerReference: reference, nextCallAt: null, settledAt: work.now };
  work.put('attempts', settled);
  const invoice = work.get('invoices', attempt.invoiceId);
  const remaining = invoice.total - invoice.amountPaid;
  const allocated = attempt.amount < remaining ? attempt.amount : remaining;
  const payment = work.put('payments', {
    id: work.mint('pay'),
    gateway: attempt.gateway,
    reference,
    attemptId: attempt.id,
    amount: attempt.amount,
    currency: attempt.currency,
    receivedAt: work.now,
  });
  if (allocated > 0n) {
    const allocation = { id: work.mint('alc'), paymentId: payment.id, invoiceId: invoice.id };
    work.put('allocations', { ...allocation, amount: allocated, createdAt: work.now });
  }
  const credited = work.put('invoices', { ...invoice, amountPaid: invoice.amountPaid + allocated });
  work.post(paymentJournal(attempt, allocated));
  work.emit({
    type: 'billing.payment.succeeded',
    objectType: 'payment',
    objectId: attempt.id,
    data: paymentSnapshot(work, settled, null),
  });
  payWhenSettled(work, credited);
  reactivate(work);
}

function decline(
  work: Workspace,
  attempt: PaymentAttempt,
  outcome: AttemptOutcome & { kind: 'declined' },
): void {
  const status = mustStep(paymentAttemptMachine, { status: attempt.status, event: 'declined' }, undefined);
  const failed: PaymentAttempt = {
    ...attempt,
    status,
    declineCode: outcome.code,
    declineMessage: outcome.message.toWellFormed(),
    nextCallAt: null,
    settledAt: work.now,
  };
  work.put('attempts', failed);
  const invoice = work.get('invoices', attempt.invoiceId);
  const days = work.state.tenant.dunningDays[invoice.declineCount];
  const nextAttemptAt = days === undefined ? null : daysAfter(work.now, days);
  const dunned = work.put('invoices', { ...invoice, declineCount: invoice.declineCount + 1, nextAttemptAt });
  work.emit({
    type: 'billing.payment.failed',
    objectType: 'payment',
    objectId: attempt.id,
    data: paymentSnapshot(work, failed, nextAttemptAt),
  });
  for (const subscription of billedOn(work, dunned)) move(work, subscription, 'payment_declined');
}

/** Subscriptions with a charge on the invoice (ruling R22: past_due at the first definite decline). */
function billedOn(work: Workspace, invoice: Invoice): Subscription[] {
  const ids = new Set<string>();
  for (const line of work.all('lines')) {
    if (line.invoiceId === invoice.id) ids.add(line.subscriptionId);
  }
  return work.all('subscriptions').filter((subscription) => ids.has(subscription.id));
}

/** Active again when no line of the subscription is on an invoice that was declined and is still open (ruling R22). */
function reactivate(work: Workspace): void {
  const declined = work
    .all('invoices')
    .filter((invoice) => invoice.status === 'open' && invoice.declineCount > 0);
  const owing = new Set(
    declined.flatMap((invoice) => billedOn(work, invoice).map((subscription) => subscription.id)),
  );
  for (const subscription of work.all('subscriptions')) {
    if (!owing.has(subscription.id)) move(work, subscription, 'payments_settled');
  }
}

function move(
  work: Workspace,
  subscription: Subscription,
  event: 'payment_declined' | 'payments_settled',
): void {
  const result = step(
    subscriptionMachine,
    { status: subscription.status as LiveStatus, event: event },
    undefined,
  );
  if (!result.moved) return;
  const moved = work.put('subscriptions', { ...subscription, status: result.status });
  emitUpdated(work, moved, { status: subscription.status });
}
