// Owns a percentage taken off an amount of minor units.
import { type Dec, Decimal, decimal, ZERO } from '#actors/money/decimal.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';

const WHOLE = decimal(100);

/**
 * The discount in minor units, rounded once, ties away from zero. Below 0 % nothing and above 100 % everything is taken,
 * so an amount never grows and never changes its sign.
 */
export function percentDiscount(amount: bigint, percent: Dec): bigint {
  const share = Decimal.min(Decimal.max(percent, ZERO), WHOLE);
  return BigInt(roundToPlaces(decimal(amount).times(share).div(WHOLE), 0).toFixed(0));
}
