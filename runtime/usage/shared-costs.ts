// Owns how the cost of a stretch of one charge's period is shared by the groups that used it. The parts add up to it.

import { allocate } from '#actors/money/allocate.ts';
import { type Dec, decimal, ZERO } from '#actors/money/decimal.ts';
import { rateModel } from '#actors/pricing/usage-model.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { ReadQuantity } from '#db/usage-reading.ts';

/** What one group used in one stretch, with the values of all dimensions that were read. */
export type Used = Pick<ReadQuantity, 'quantity' | 'eventCount' | 'amount'> & {
  readonly values: Readonly<Record<string, string | null>>;
};

/**
 * A part of the cost for each group, in their order: by what each costs alone where a price looks at groups, by the prices
 * that came with the events where it is made of those, else by quantity, else by events. Undefined where nobody used
 * anything: the cost is nobody's.
 */
export function share(cost: bigint, price: UsagePrice, used: readonly Used[]): bigint[] | undefined {
  for (const weightOf of [(one: Used) => weight(price, one), (one: Used) => decimal(one.eventCount)]) {
    const weights = used.map(weightOf);
    if (weights.some((one) => !one.isZero())) return allocate(cost, weights);
  }
  return cost === 0n ? used.map(() => 0n) : undefined;
}

function weight({ model }: UsagePrice, { quantity, amount, values }: Used): Dec {
  const own = decimal(quantity);
  if (own.isNegative()) return ZERO;
  if (model.type === 'matrix') {
    const known = Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    return rateModel(model, { quantity: own, groups: [{ values: Object.fromEntries(known), quantity: own }] })
      .exact;
  }
  if (model.type === 'dynamic' && amount !== null) {
    const price = decimal(amount);
    return price.isNegative() ? ZERO : price;
  }
  return own;
}
