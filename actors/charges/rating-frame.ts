// Owns which frame a charge needs for its price: what to load besides the quantity, and which earlier periods count.
import { type BillingCycle, boundary, indexAt } from '#actors/calendar/billing-cycle.ts';
import { earlierOf } from '#actors/calendar/instants.ts';
import { type Sharing, selectionOf, type UsageSelection } from '#actors/pricing/usage-filter.ts';
import { loadsFor } from '#actors/pricing/usage-model.ts';
import { type UsagePrice, windowOf } from '#actors/pricing/usage-price.ts';
import type { QuantitySplit } from '#actors/state/facts.ts';
import type { RatingFrame, Term } from '#actors/state/rating-frame.ts';
import type { ItemVersion, Subscription } from '#actors/state/subscription.ts';

type Agreement = {
  readonly subscription: Subscription;
  readonly version: Pick<ItemVersion, 'effectiveFrom'>;
  /** Other prices of the subscription that count the same meter. */
  readonly sharers: readonly Sharing[];
};

/** Null for a price that needs no more than the quantity of its period: the usual one. */
export function frameOf(
  price: UsagePrice & Sharing,
  { subscription, version, sharers }: Agreement,
): RatingFrame | null {
  const split = splitOf(price, { zone: subscription.zone, only: selectionOf(price, sharers) });
  const term = termOf(price, { subscription, version });
  const never = price.freeUnits?.reset === 'never' ? version.effectiveFrom : undefined;
  const since =
    never === undefined || term === undefined ? (never ?? term?.start) : earlierOf(never, term.start);
  const shrinks = [price.freeUnits, price.commitment, price.maximum, price.minimum].some(
    (part) => part !== undefined,
  );
  const { priceUnit } = price;
  if (split === undefined && since === undefined && !shrinks && priceUnit === undefined) return null;
  return {
    ...(split !== undefined && { split }),
    ...(shrinks && { fullEnd: subscription.periodEnd }),
    ...(since !== undefined && { since }),
    ...(term !== undefined && { term }),
    ...(priceUnit !== undefined && { priceUnit }),
  };
}

/** The parts of a usage quantity that a price asks for; undefined when the quantity and its count are enough. */
export function splitOf(
  price: UsagePrice,
  { zone, only }: { readonly zone: string; readonly only: UsageSelection | undefined },
): QuantitySplit | undefined {
  const unit = windowOf(price);
  const parts = loadsFor(price.model);
  const dimensions = parts.includes('groups') ? dimensionsOf(price) : undefined;
  const events = parts.includes('events');
  const eventAmount = parts.includes('eventAmount');
  const paidEvents = parts.includes('paidEvents');
  const isPlain = unit === undefined && parts.length === 0;
  if (isPlain && only === undefined) return undefined;
  return {
    ...(only !== undefined && { only }),
    ...(unit !== undefined && { window: { unit, zone } }),
    ...(dimensions !== undefined && { dimensions }),
    ...(events && { events }),
    ...(eventAmount && { eventAmount }),
    ...(paidEvents && { paidEvents }),
  };
}

/** Sorted, so that equal prices ask for the same. */
export function dimensionsOf({ model }: UsagePrice): string[] {
  if (model.type !== 'matrix') return [];
  return [...new Set(model.cells.flatMap((cell) => Object.keys(cell.when)))].sort();
}

/** Terms follow each other from the boundary at which the price began. */
function termOf(
  { commitment }: UsagePrice,
  { subscription, version }: Omit<Agreement, 'sharers'>,
): Term | undefined {
  const { periods } = commitment ?? {};
  if (periods === undefined) return undefined;
  const { anchorAt, zone, interval, intervalCount, periodIndex } = subscription;
  const cycle: BillingCycle = { anchor: anchorAt, zone, interval, count: intervalCount };
  const first = indexAt(cycle, version.effectiveFrom);
  const start = first + Math.floor((periodIndex - first) / periods) * periods;
  const end = boundary(cycle, start + periods);
  return { start: boundary(cycle, start), end, fullEnd: end };
}
