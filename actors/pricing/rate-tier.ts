// Owns what one reached tier costs: its units and its flat part. Refuses to know which tiers are reached.
import { type Dec, decimal, printDecimal } from '#actors/money/decimal.ts';
import type { TierStep } from '#actors/pricing/rating-step.ts';
import type { Tier } from '#actors/pricing/tiers.ts';

/** `quantity` is what this tier prices; `from` its lower bound, exclusive; `position` counts from 0. */
type ReachedTier = {
  readonly tier: Tier;
  readonly position: number;
  readonly from: string;
  readonly quantity: Dec;
};

export function rateTier({ tier, position, from, quantity }: ReachedTier): { exact: Dec; step: TierStep } {
  const exact = quantity.times(decimal(tier.unitAmount ?? '0')).plus(decimal(tier.flatAmount ?? '0'));
  return {
    exact,
    step: {
      kind: 'tier',
      tier: position + 1,
      from,
      to: tier.upTo,
      quantity: printDecimal(quantity),
      ...(tier.unitAmount === undefined ? {} : { unitAmount: tier.unitAmount }),
      ...(tier.flatAmount === undefined ? {} : { flatAmount: tier.flatAmount }),
      subtotal: printDecimal(exact),
    },
  };
}
