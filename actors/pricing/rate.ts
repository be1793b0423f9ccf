// Owns rating: a price and a quantity give an amount and its explanation. Refuses to know periods, bookings and taxes.
import type { Currency } from '#actors/money/currency.ts';
import { type Dec, printDecimal, ZERO } from '#actors/money/decimal.ts';
import { money, printMoney } from '#actors/money/money.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { rateFlat } from '#actors/pricing/models/flat.ts';
import { rateGraduated } from '#actors/pricing/models/graduated.ts';
import { ratePackage } from '#actors/pricing/models/package.ts';
import { ratePerUnit } from '#actors/pricing/models/per-unit.ts';
import { rateVolume } from '#actors/pricing/models/volume.ts';
import type { PriceModel } from '#actors/pricing/price.ts';
import { stepText } from '#actors/pricing/rating-step.ts';

/** `amount` is `exact` in minor units of `currency`, rounded once (law 6). */
export type Rated = Draft & {
  readonly amount: bigint;
  readonly currency: Currency;
  /** As given, also below zero. */
  readonly quantity: Dec;
};

/**
 * Rates the cumulative quantity of a service period, rounding once. A quantity below zero, which corrections can leave,
 * is rated as zero: usage never turns into a payout. Throws RangeError beyond what the books can hold.
 */
export function rate(model: PriceModel, quantity: Dec, currency: Currency): Rated {
  const draft = draftOf(model, quantity.isNegative() ? ZERO : quantity);
  return { ...draft, quantity, currency, amount: roundToMinor(draft.exact, currency) };
}

/** The steps as sentences, the last one saying what was rounded to what. */
export function explainRating(rated: Rated): string[] {
  const rounded = printMoney(money(rated.amount, rated.currency));
  const exact = `${rated.currency} ${printDecimal(rated.exact)}`;
  const steps = rated.steps.map((step) => stepText(step, rated.currency));
  const negative = rated.quantity.isNegative() && !rated.quantity.isZero();
  return [
    ...(negative ? [`quantity ${printDecimal(rated.quantity)} is below zero and rated as 0`] : []),
    ...steps,
    `total ${exact}, rounded once to ${rounded}`,
  ];
}

/** What a model makes of a quantity of at least 0, not rounded. */
export function draftOf(model: PriceModel, quantity: Dec): Draft {
  switch (model.type) {
    case 'flat':
      return rateFlat(model);
    case 'per_unit':
      return ratePerUnit(model, quantity);
    case 'package':
      return ratePackage(model, quantity);
    case 'graduated':
      return rateGraduated(model, quantity);
    case 'volume':
      return rateVolume(model, quantity);
    default:
      return model satisfies never;
  }
}
