// Owns the one rounding of money: from exact major units to minor units. Refuses to decide when to round.
import { type Currency, exponentOf } from '#actors/money/currency.ts';
import { type Dec, Decimal } from '#actors/money/decimal.ts';

/** What a bigint column holds. */
export const MINOR_UNITS_MAX = 2n ** 63n - 1n;

/** Minor units of one major unit, by the currency's exponent. */
const SCALES = [0, 1, 2, 3, 4].map((exponent) => new Decimal(10).pow(exponent));

/**
 * Rounds to a number of decimals, ties away from zero. Money goes through {@link roundToMinor}; this is for what is
 * counted in decimals of its own, such as converted units.
 */
export function roundToPlaces(amount: Dec, places: number): Dec {
  return amount.toDecimalPlaces(places, Decimal.ROUND_HALF_UP);
}

/**
 * Rounds an amount in major units to minor units of the currency, ties away from zero (law 6).
 * Throws RangeError beyond what the books can hold.
 */
export function roundToMinor(amount: Dec, currency: Currency): bigint {
  const exponent = exponentOf(currency);
  const scaled = amount.times(SCALES[exponent] ?? new Decimal(10).pow(exponent));
  const minor = BigInt(scaled.toFixed(0, Decimal.ROUND_HALF_UP));
  if (minor > MINOR_UNITS_MAX || minor < -MINOR_UNITS_MAX) {
    throw new RangeError(`amount ${amount.toPrecision(20)} ${currency} is beyond what can be booked`);
  }
  return minor;
}
