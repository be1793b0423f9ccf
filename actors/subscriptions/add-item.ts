// Owns putting a price on a subscription as an item, and where it stands.
import { groupOf } from '#actors/pricing/usage-filter.ts';
import type { Price } from '#actors/state/plan.ts';
import type { ItemVersion, Subscription } from '#actors/state/subscription.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Prices that a plan version may have. */
const PRICES_MAX = 100;

/** Counts from 1, and on from period to period: items that have ended keep their places, and come back to another. */
export function positionOf({ periodIndex }: Pick<Subscription, 'periodIndex'>, index: number): number {
  return periodIndex * PRICES_MAX + index + 1;
}

type NewItem = { price: Price; position: number } & Pick<ItemVersion, 'quantity' | 'usageScope'>;

/** From the start of the subscription's current period. */
export function addItem(
  work: Workspace,
  subscription: Subscription,
  { price, position, ...terms }: NewItem,
): void {
  const item = work.put('items', { id: work.mint('itm'), subscriptionId: subscription.id, position });
  work.put('itemVersions', {
    id: work.mint('itv'),
    itemId: item.id,
    subscriptionId: subscription.id,
    priceId: price.id,
    meterId: price.meterId,
    ...terms,
    usageGroup: groupOf(price.filter),
    effectiveFrom: subscription.periodStart,
    effectiveTo: null,
  });
}
