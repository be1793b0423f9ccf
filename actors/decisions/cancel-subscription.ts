// Owns the request to end a subscription: at the end of its period, or now. Taking effect is the passage of time.
import { indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { isDue } from '#actors/calendar/instants.ts';
import { instantText } from '#actors/calendar/time.ts';
import type { CancelSubscription } from '#actors/message.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import { emitUpdated } from '#actors/subscriptions/advance-subscriptions.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Sets when the subscription ends. The request emits `updated`; `canceled` follows when it takes effect. */
export function cancelSubscription(work: Workspace, message: CancelSubscription): Outcome {
  const subscription = work.find('subscriptions', (candidate) => candidate.id === message.subscriptionId);
  if (subscription === undefined)
    return reject('subscription_not_found', 'no such running subscription of this customer');
  if (subscription.endedAt !== null || isDue(subscription.cancelAt, work.now))
    return reject('subscription_ended', 'the subscription has already ended');
  const hasStarted = isDue(subscription.anchorAt, work.now);
  const atPeriodEnd = (message.atPeriodEnd ?? true) && hasStarted;
  const cancelAt = atPeriodEnd ? runningPeriodEnd(work, subscription) : work.now;
  const changed = work.put('subscriptions', { ...subscription, cancelAt });
  const before = subscription.cancelAt;
  emitUpdated(work, changed, { cancelAt: before === null ? null : instantText(before) });
  return { ok: true, data: { id: changed.id, cancelAt: instantText(cancelAt) } };
}

/** Messages are answered before time passes, so an actor that is behind still stands in a period that is over. */
function runningPeriodEnd(work: Workspace, subscription: Subscription): Instant {
  const { anchorAt: anchor, zone, interval, intervalCount: count, periodEnd } = subscription;
  if (!isDue(periodEnd, work.now)) return periodEnd;
  const cycle = { anchor, zone, interval, count };
  return periodAt(cycle, indexAt(cycle, work.now)).end;
}
