// Owns the one rounding of money: from exact major units to minor units. Refuses to decide when to round.
import { type Currency, exponentOf } from '#actors/money/currency.ts';
import { type Dec, Decimal } from '#actors/money/decimal.ts';

/** What a bigint column holds. */
export const MINOR_UNITS_MAX = 2n ** 63n - 1n;

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
  const scaled = amount.times(new Decimal(10).pow(exponentOf(currency)));
  const minor = BigInt(roundToPlaces(scaled, 0).toFixed(0));
  if (minor > MINOR_UNITS_MAX || minor < -MINOR_UNITS_MAX) {
    throw new RangeError(`amount ${amount.toPrecision(20)} ${currency} is beyond what can be booked`);
  }
  return minor;
}
