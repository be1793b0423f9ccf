// Owns a subscription's passage of time: it starts, rolls from period to period, and ends (ruling R8: time goes on, paid or not).
import { boundary } from '#actors/calendar/billing-cycle.ts';
import { compareInstants, isDue, laterOf } from '#actors/calendar/instants.ts';
import { deleteCharge } from '#actors/charges/delete-charge.ts';
import { endTerm } from '#actors/charges/end-term.ts';
import { openPeriod } from '#actors/charges/open-period.ts';
import { subscriptionSnapshot } from '#actors/events/snapshots.ts';
import { mustStep } from '#actors/machines/step.ts';
import { type LiveStatus, subscriptionMachine } from '#actors/machines/subscription-machine.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import { moveToVersion, nextVersion } from '#actors/subscriptions/move-version.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Moves every live subscription by at most one boundary; the advance loop calls it until nothing moves. */
export function advanceSubscriptions(work: Workspace): void {
  for (const subscription of work.all('subscriptions')) {
    if (subscription.endedAt !== null) continue;
    const endsAt = endOfService(subscription);
    if (endsAt !== null && isDue(endsAt, work.now)) end(work, subscription, endsAt);
    else if (subscription.status === 'scheduled') start(work, subscription);
    else if (isDue(subscription.periodEnd, work.now)) roll(work, subscription);
  }
}

/** The cancellation, unless a boundary comes before it: an actor that is behind bills what was missed first (ruling R8). */
function endOfService({ status, anchorAt, periodEnd, cancelAt }: Subscription): Instant | null {
  if (cancelAt === null) return null;
  return compareInstants(cancelAt, status === 'scheduled' ? anchorAt : periodEnd) <= 0 ? cancelAt : null;
}

function start(work: Workspace, subscription: Subscription): void {
  if (!isDue(subscription.anchorAt, work.now)) return;
  const status = mustStep(subscriptionMachine, { status: 'scheduled', event: 'start' }, undefined);
  const active = work.put('subscriptions', { ...subscription, status });
  openPeriod(work, active);
  emitUpdated(work, active, { status: subscription.status });
}

/** Boundary n + 1 is computed from the anchor, never from boundary n (law 11). */
function roll(work: Workspace, subscription: Subscription): void {
  const { anchorAt, zone, interval, intervalCount, periodIndex, periodEnd } = subscription;
  const version = nextVersion(work, subscription);
  if (version === undefined) return;
  const next = work.put('subscriptions', {
    ...subscription,
    periodIndex: periodIndex + 1,
    periodStart: periodEnd,
    periodEnd: boundary({ anchor: anchorAt, zone, interval, count: intervalCount }, periodIndex + 2),
  });
  closeThrough(work, periodEnd);
  openPeriod(work, version === null ? next : moveToVersion(work, next, version));
}

function end(work: Workspace, subscription: Subscription, at: Instant): void {
  const status = mustStep(
    subscriptionMachine,
    { status: subscription.status as LiveStatus, event: 'cancel' },
    undefined,
  );
  const ended = work.put('subscriptions', { ...subscription, status, endedAt: at });
  for (const version of work.all('itemVersions')) {
    if (version.subscriptionId === subscription.id && version.effectiveTo === null) {
      work.put('itemVersions', { ...version, effectiveTo: laterOf(version.effectiveFrom, at) });
    }
  }
  shortenCharges(work, subscription, at);
  if (subscription.status !== 'scheduled') closeThrough(work, at);
  work.emit({
    type: 'billing.subscription.canceled',
    objectType: 'subscription',
    objectId: ended.id,
    data: subscriptionSnapshot(work, ended),
    previous: { status: subscription.status },
  });
}

/** Usage is billed up to the end of service; a fee already due in advance stays as it is. */
function shortenCharges(work: Workspace, subscription: Subscription, at: Instant): void {
  for (const charge of work.all('charges')) {
    if (charge.subscriptionId !== subscription.id || compareInstants(charge.serviceEnd, at) <= 0) continue;
    if (charge.status !== 'created' && charge.status !== 'active') continue;
    const unserved = compareInstants(charge.serviceStart, at) >= 0;
    if (unserved) deleteCharge(work, charge);
    else work.put('charges', { ...charge, serviceEnd: at, billedAt: at, advanceAt: at });
  }
  for (const charge of work.all('charges')) {
    if (charge.subscriptionId === subscription.id) endTerm(work, charge, at);
  }
}

/** Ingest tells the actor of events before this mark (protocols H7). It only moves forward. */
function closeThrough(work: Workspace, at: Instant): void {
  const customer = work.customer();
  if (customer.closedThrough !== null && compareInstants(customer.closedThrough, at) >= 0) return;
  work.put('customer', { ...customer, closedThrough: at });
}

/** Tells the outside that a subscription changed. */
export function emitUpdated(
  work: Workspace,
  subscription: Subscription,
  previous: Readonly<Record<string, unknown>>,
): void {
  work.emit({
    type: 'billing.subscription.updated',
    objectType: 'subscription',
    objectId: subscription.id,
    data: subscriptionSnapshot(work, subscription),
    previous,
  });
}
