// Owns when a customer next has something to do. The sweep and the test clock trust it: a missing instant would be lost time.
import { earlierOf } from '#actors/calendar/instants.ts';
import { hasUnresolvedAttempt } from '#actors/payments/begin-payments.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Invoice } from '#actors/state/invoice.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import type { Workspace } from '#actors/workspace.ts';

/** The earliest instant at which advance would do something; null when only the outside can cause work. */
export function nextDue(work: Workspace): Instant | null {
  const later = work.state.nextLateCheckAt;
  const instants = [
    ...(later === null ? [] : [later]),
    ...work.all('subscriptions').flatMap(ofSubscription),
    ...work.all('charges').flatMap(ofCharge),
    ...work.all('invoices').flatMap((invoice) => ofInvoice(work, invoice)),
  ];
  return instants.length === 0 ? null : instants.reduce(earlierOf);
}

function ofSubscription(subscription: Subscription): Instant[] {
  if (subscription.endedAt !== null) return [];
  const { status, anchorAt, periodEnd, cancelAt } = subscription;
  const boundaryAt = status === 'scheduled' ? anchorAt : periodEnd;
  return cancelAt === null ? [boundaryAt] : [cancelAt, boundaryAt];
}

/** An issuing charge waits for its invoice, a parked one for its release. */
function ofCharge(charge: Charge): Instant[] {
  if (charge.parkedAt !== null) return [];
  if (charge.lateCheckAt !== null) return [charge.lateCheckAt];
  const waits = charge.status === 'issuing' || charge.status === 'active.final_realization.issuing';
  return charge.advanceAt === null || waits ? [] : [charge.advanceAt];
}

/** While the gateway owes an answer only the outside can move the money. */
function ofInvoice(work: Workspace, invoice: Invoice): Instant[] {
  if (invoice.status === 'draft' && invoice.finalizeAt !== null) return [invoice.finalizeAt];
  if (invoice.status !== 'open' || invoice.nextAttemptAt === null || !work.customer().autoCollect) return [];
  return hasUnresolvedAttempt(work, invoice) ? [] : [invoice.nextAttemptAt];
}
