// Owns the share of a fixed fee for part of its full period. Refuses to decide which changes prorate.
import { daysOfThirty } from '#actors/calendar/day-count.ts';
import { nanosecondsOf, type Period, prorate } from '#actors/calendar/period.ts';
import type { Currency } from '#actors/money/currency.ts';
import type { Dec } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';

export type FeePart = {
  readonly service: Period;
  readonly full: Period;
  readonly currency: Currency;
  /** Days are counted in this zone, thirty to every month; absent: elapsed time counts. */
  readonly thirtyDayMonths?: { readonly zone: string };
};

/**
 * Minor units of a fee (`amount` in major units) for the part of the full period that was served, by elapsed time or by
 * days of thirty-day months, rounded once. Never above the full fee. A service period without length is a fee for a moment
 * and is not prorated.
 */
export function prorateFee(amount: Dec, part: FeePart): bigint {
  const { service, full, currency, thirtyDayMonths } = part;
  const served = nanosecondsOf(service);
  const isWhole = served === 0n || served >= nanosecondsOf(full);
  if (isWhole) return roundToMinor(amount, currency);
  if (thirtyDayMonths === undefined) return roundToMinor(prorate(amount, service, full), currency);
  const [days, of] = [service, full].map((each) => daysOfThirty(each, thirtyDayMonths.zone));
  if (days === undefined || of === undefined || days >= of) return roundToMinor(amount, currency);
  return roundToMinor(amount.times(days).div(of), currency);
}
