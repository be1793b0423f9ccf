// Owns the share of a fixed fee for part of its full period. Refuses to decide which changes prorate.
import { nanosecondsOf, type Period, prorate } from '#actors/calendar/period.ts';
import type { Currency } from '#actors/money/currency.ts';
import type { Dec } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';

export type FeePart = { readonly service: Period; readonly full: Period; readonly currency: Currency };

/**
 * Minor units of a fee (`amount` in major units) for the part of the full period that was served, by elapsed time,
 * rounded once. Never above the full fee. A service period without length is a fee for a moment and is not prorated.
 */
export function prorateFee(amount: Dec, { service, full, currency }: FeePart): bigint {
  const served = nanosecondsOf(service);
  const isWhole = served === 0n || served >= nanosecondsOf(full);
  return roundToMinor(isWhole ? amount : prorate(amount, service, full), currency);
}
