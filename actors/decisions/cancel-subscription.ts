// Owns the request to end a subscription: at the end of its period, or now. Taking effect is the passage of time.
import type { CancelSubscription } from '#actors/message.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import { emitUpdated } from '#actors/subscriptions/advance-subscriptions.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Sets when the subscription ends. The request emits `updated`; `canceled` follows when it takes effect. */
export function cancelSubscription(work: Workspace, message: CancelSubscription): Outcome {
  const subscription = work.find('subscriptions', (candidate) => candidate.id === message.subscriptionId);
  if (subscription === undefined)
    return reject('subscription_not_found', 'no such running subscription of this customer');
  if (subscription.endedAt !== null)
    return reject('subscription_ended', 'the subscription has already ended');
  const atPeriodEnd = (message.atPeriodEnd ?? true) && subscription.status !== 'scheduled';
  const cancelAt = atPeriodEnd ? subscription.periodEnd : work.now;
  const changed = work.put('subscriptions', { ...subscription, cancelAt });
  emitUpdated(work, changed, { cancelAt: subscription.cancelAt?.toString() ?? null });
  return { ok: true, data: { id: changed.id, cancelAt: cancelAt.toString() } };
}
