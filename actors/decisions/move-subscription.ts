// Owns the request to move a subscription to another version of its plan at its next boundary, or to follow its plan.
import type { MoveSubscription } from '#actors/message.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import { emitUpdated } from '#actors/subscriptions/advance-subscriptions.ts';
import { fits } from '#actors/subscriptions/move-version.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Undefined while the versions are not loaded: the turn decides again. */
export function moveSubscription(work: Workspace, message: MoveSubscription): Outcome | undefined {
  const subscription = work.find('subscriptions', (candidate) => candidate.id === message.subscriptionId);
  if (subscription === undefined || subscription.endedAt !== null)
    return reject('subscription_not_found', 'no such running subscription of this customer');
  const { planVersion, followsPlan = subscription.followsPlan } = message;
  if (planVersion !== undefined) {
    const refusal = refuseVersion(work, subscription, planVersion);
    if (refusal !== null) return refusal;
  }
  const stays = planVersion === subscription.planVersionId;
  const nextPlanVersionId = stays ? null : (planVersion ?? subscription.nextPlanVersionId);
  const changed = work.put('subscriptions', { ...subscription, followsPlan, nextPlanVersionId });
  emitUpdated(work, changed, {
    followsPlan: subscription.followsPlan,
    nextPlanVersionId: subscription.nextPlanVersionId,
  });
  return { ok: true, data: { id: changed.id, nextPlanVersionId, followsPlan } };
}

/** Null when the subscription can move there. */
function refuseVersion(
  work: Workspace,
  subscription: Subscription,
  name: string,
): Outcome | undefined | null {
  const [current, version] = [work.plan({ plan: subscription.planVersionId }), work.plan({ plan: name })];
  if (current === undefined || version === undefined) return undefined;
  if (version === null || version.id !== name || version.planId !== current?.planId) {
    return reject('plan_not_found', `the plan has no version ${name}`, '/planVersion');
  }
  if (fits(version, subscription)) return null;
  return reject('plan_does_not_fit', 'the version has other periods or another currency', '/planVersion');
}
