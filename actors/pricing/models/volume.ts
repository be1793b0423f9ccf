// Owns the volume charge model: all units at the price of the tier that the whole quantity falls in.
import { type Dec, decimal, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { rateTier } from '#actors/pricing/rate-tier.ts';
import { parseTierOptions, type TierOptions } from '#actors/pricing/tiers.ts';

export type VolumePrice = { readonly type: 'volume' } & TierOptions;

export function parseVolume(fields: Fields): VolumePrice {
  return { type: 'volume', ...parseTierOptions(fields) };
}

/** Quantity 0 falls in the first tier and pays its flat part, unless `flatAtZero` is false. */
export function rateVolume(price: VolumePrice, quantity: Dec): Draft {
  if (quantity.isZero() && price.flatAtZero === false) return { exact: ZERO, steps: [] };
  const position = price.tiers.findIndex(
    (tier) => tier.upTo === null || quantity.lessThanOrEqualTo(decimal(tier.upTo)),
  );
  const tier = price.tiers[position];
  if (tier === undefined) throw new RangeError('a volume price needs an open last tier');
  const from = price.tiers[position - 1]?.upTo ?? '0';
  const { exact, step } = rateTier({ tier, position, from, quantity });
  return { exact, steps: [step] };
}
