// Owns what changes a rated amount after the charge model: overage, true-up, maximum and minimum, as signed parts.
import { prorate } from '#actors/calendar/period.ts';
import { decimal } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { inCurrency, type RatingContext } from '#actors/pricing/rating-context.ts';
import type { Committed } from '#actors/pricing/terms/commitment.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';

/** `amount` is in minor units, negative where it takes away; decimal text, so that it can be stored as JSON. */
export type Adjustment =
  | { readonly kind: 'discount'; readonly amount: string; readonly percent: string }
  | { readonly kind: 'overage'; readonly amount: string; readonly factor: string }
  | { readonly kind: 'true_up' | 'maximum_spend' | 'minimum_spend'; readonly amount: string };

/** What a commitment adds. Nothing is missing before the end of its period or term. */
export function commitmentAdjustments(
  { commitment }: UsagePrice,
  committed: Committed | undefined,
  context: RatingContext,
): Adjustment[] {
  if (commitment === undefined || committed === undefined) return [];
  const extra = roundToMinor(committed.extra, context.currency);
  const hasEnded = (context.isFinal ?? true) && (commitment.over === 'period' || context.isTermEnd === true);
  const missing = commitment.trueUp && hasEnded ? roundToMinor(committed.missing, context.currency) : 0n;
  const overage = {
    kind: 'overage',
    amount: String(extra),
    factor: commitment.overageFactor ?? '1',
  } as const;
  return [
    ...(extra === 0n ? [] : [overage]),
    ...(missing === 0n ? [] : [{ kind: 'true_up', amount: String(missing) } as const]),
  ];
}

/** The maximum caps and the minimum tops up what the customer would pay so far; the minimum only in the end. */
export function limitAdjustments(price: UsagePrice, amount: bigint, context: RatingContext): Adjustment[] {
  const limit = (value: string | undefined): bigint | undefined => {
    if (value === undefined) return undefined;
    const { share, currency } = context;
    const full = inCurrency(decimal(value), context);
    return roundToMinor(share === undefined ? full : prorate(full, share.part, share.whole), currency);
  };
  const maximum = limit(price.maximum);
  const minimum = (context.isFinal ?? true) ? limit(price.minimum) : undefined;
  if (maximum !== undefined && amount > maximum) {
    return [{ kind: 'maximum_spend', amount: String(maximum - amount) }];
  }
  if (minimum !== undefined && amount < minimum) {
    return [{ kind: 'minimum_spend', amount: String(minimum - amount) }];
  }
  return [];
}
