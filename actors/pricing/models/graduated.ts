// Owns the graduated charge model: each unit at the price of the tier it falls in.
import { type Dec, Decimal, decimal, printDecimal, sumDecimals, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { rateTier } from '#actors/pricing/rate-tier.ts';
import { parseTierOptions, type Tier, type TierOptions } from '#actors/pricing/tiers.ts';

export type GraduatedPrice = { readonly type: 'graduated' } & TierOptions;

export function parseGraduated(fields: Fields): GraduatedPrice {
  return { type: 'graduated', ...parseTierOptions(fields) };
}

/** A tier's flat part is paid once its first unit is used; the first tier's also at 0, unless `flatAtZero` is false. */
export function rateGraduated(price: GraduatedPrice, quantity: Dec): Draft {
  const reached = slices(price.tiers).filter(({ from }, position) =>
    position === 0 ? quantity.greaterThan(ZERO) || price.flatAtZero !== false : quantity.greaterThan(from),
  );
  const parts = reached.map(({ tier, from }, position) => {
    const to = tier.upTo === null ? quantity : Decimal.min(quantity, decimal(tier.upTo));
    return rateTier({ tier, position, from: printDecimal(from), quantity: to.minus(from) });
  });
  return { exact: sumDecimals(parts.map((part) => part.exact)), steps: parts.map((part) => part.step) };
}

function slices(tiers: readonly Tier[]): { tier: Tier; from: Dec }[] {
  return tiers.map((tier, position) => ({ tier, from: decimal(tiers[position - 1]?.upTo ?? '0') }));
}
