// Owns the graduated-percentage charge model: each part of the money at the percentage of the tier it falls in.
import { type Dec, decimal, printDecimal } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { optionalAmount, percentRate } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { rateGraduated } from '#actors/pricing/models/graduated.ts';
import { type Bound, parseTiers, type Tiers } from '#actors/pricing/tiers.ts';

type Share = { readonly ratePercent: string; readonly flatAmount?: string };

/** Bounds and flat amounts are decimal text in major units, as the money that is metered. */
export type GraduatedPercentagePrice = { readonly type: 'graduated_percentage' } & Tiers<Bound & Share>;

export function parseGraduatedPercentage(fields: Fields): GraduatedPercentagePrice {
  return { type: 'graduated_percentage', ...parseTiers(fields, parseShare) };
}

/** A percentage of money is a graduated price whose unit is one major unit of the currency. */
export function rateGraduatedPercentage(price: GraduatedPercentagePrice, quantity: Dec): Draft {
  const tiers = price.tiers.map(({ upTo, ratePercent, flatAmount }) => ({
    upTo,
    unitAmount: printDecimal(decimal(ratePercent).div(100)),
    ...(flatAmount !== undefined && { flatAmount }),
  }));
  const { flatAtZero } = price;
  return rateGraduated(
    { type: 'graduated', tiers, ...(flatAtZero !== undefined && { flatAtZero }) },
    quantity,
  );
}

function parseShare(tier: Fields): Share {
  const flatAmount = optionalAmount(tier, 'flatAmount');
  return { ratePercent: percentRate(tier, 'ratePercent'), ...(flatAmount !== undefined && { flatAmount }) };
}
