// Owns what surrounds a rating besides price and usage: currency, time served, what earlier periods took.
import type { Period } from '#actors/calendar/period.ts';
import type { Currency } from '#actors/money/currency.ts';
import type { Dec } from '#actors/money/decimal.ts';

/** A price was in force for a part of its full period: allowances and limits shrink with it (ruling R16). */
export type Share = { readonly part: Period; readonly whole: Period };

/** An amount of the price in major units of the currency, not rounded. */
export function inCurrency(amount: Dec, { unit }: RatingContext): Dec {
  return unit === undefined ? amount : amount.times(unit.rate);
}

export type RatingContext = {
  readonly currency: Currency;
  /** False while the service period goes on: what is short of a minimum may still come. Absent means true. */
  readonly isFinal?: boolean;
  readonly share?: Share;
  /** Of earlier periods, for what lasts longer than one: billed quantity, and amount counted toward the commitment. */
  readonly before?: { readonly quantity: Dec; readonly amount: bigint };
  /** True in the last period of a commitment that spans several. Absent means false. */
  readonly isTermEnd?: boolean;
  /** Of a price whose amounts are in a unit: what one of it costs in the currency. */
  readonly unit?: { readonly key: string; readonly rate: Dec };
  /** A term that ends early: what was committed over it shrinks with it, and not with a part of one period. */
  readonly termShare?: Share;
};
