// Owns moving a subscription to another version of its plan at a boundary: items whose price changed get a new version.
import { endTerm } from '#actors/charges/end-term.ts';
import { groupOf } from '#actors/pricing/usage-filter.ts';
import { type PlanVersion, type Price, pricesIn } from '#actors/state/plan.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { ItemVersion, Subscription } from '#actors/state/subscription.ts';
import { addItem, positionOf } from '#actors/subscriptions/add-item.ts';
import { termsOf } from '#actors/subscriptions/agree-prices.ts';
import type { Workspace } from '#actors/workspace.ts';

/** The version for the period that begins now; null when it stays, undefined while it is not loaded. */
export function nextVersion(work: Workspace, subscription: Subscription): PlanVersion | null | undefined {
  const { planVersionId, nextPlanVersionId, followsPlan, periodEnd: at } = subscription;
  if (nextPlanVersionId === null && !followsPlan) return null;
  const version =
    nextPlanVersionId === null
      ? work.plan({ plan: planVersionId, at, newer: true })
      : work.plan({ plan: nextPlanVersionId });
  if (version === undefined) return undefined;
  return version === null || version.id === planVersionId || !fits(version, subscription) ? null : version;
}

/** A version with other periods, or without the currency, is not one to move to. */
export function fits(version: PlanVersion, subscription: Subscription): boolean {
  const { interval, intervalCount, currency } = subscription;
  const samePeriods = version.interval === interval && version.intervalCount === intervalCount;
  return samePeriods && pricesIn(version, currency).length > 0;
}

/** From the start of the period that has just begun. A price that was agreed with the customer stays. */
export function moveToVersion(work: Workspace, subscription: Subscription, plan: PlanVersion): Subscription {
  const offered = pricesIn(plan, subscription.currency);
  const held = new Set<string>();
  const open = work
    .all('itemVersions')
    .filter((version) => version.subscriptionId === subscription.id && version.effectiveTo === null);
  for (const version of open) {
    const price = work.price(version.priceId);
    held.add(price.key);
    const next = nextPrice(work, price, offered);
    if (next?.id === price.id) continue;
    work.put('itemVersions', { ...version, effectiveTo: subscription.periodStart });
    endTerms(work, version, subscription.periodStart);
    if (next === undefined) continue;
    const { id: priceId, meterId, filter } = next;
    const change = { id: work.mint('itv'), priceId, meterId, usageGroup: groupOf(filter) };
    work.put('itemVersions', { ...version, ...change, effectiveFrom: subscription.periodStart });
  }
  for (const [index, price] of offered.entries()) {
    if (held.has(price.key)) continue;
    const usageScope = scopeOf(open);
    addItem(work, subscription, {
      price,
      position: positionOf(subscription, index),
      quantity: '1',
      usageScope,
    });
  }
  return work.put('subscriptions', { ...subscription, planVersionId: plan.id, nextPlanVersionId: null });
}

/** The price that an item has in the new version; undefined when it ends. */
function nextPrice(work: Workspace, price: Price, offered: readonly Price[]): Price | undefined {
  const offer = offered.find(({ key }) => key === price.key);
  if (price.parentPriceId === undefined) return offer;
  const group = groupOf(price.filter);
  const isFree = offered.every(({ key, meterId, filter }) => {
    const isOther = key !== price.key && meterId !== null;
    return !isOther || meterId !== price.meterId || groupOf(filter) !== group;
  });
  // What no price of the new version is called stays as agreed, unless another one counts that usage now.
  if (offer === undefined) return isFree ? price : undefined;
  if (offer.meterId !== price.meterId || groupOf(offer.filter) === group) return price;
  const { filter: _, ...terms } = termsOf(price);
  const agreed = { ...terms, ...(offer.filter !== undefined && { filter: offer.filter }) };
  return work.price(
    work.put('agreedPrices', { id: work.mint('prc'), parentPriceId: offer.id, price: agreed }).id,
  );
}

function endTerms(work: Workspace, version: ItemVersion, at: Instant): void {
  for (const charge of work.all('charges')) if (charge.origin === version.id) endTerm(work, charge, at);
}

/** All items of a subscription count usage in one scope. */
function scopeOf(versions: readonly ItemVersion[]): ItemVersion['usageScope'] {
  return versions[0]?.usageScope ?? 'customer';
}
