// Owns rating a price with its terms, in this order: conversion, free units, charge model, percentage discount,
// commitment, maximum, minimum. Refuses bookings, coupons, credits and taxes, which come after.
import { type Dec, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { type Adjustment, commitmentAdjustments, limitAdjustments } from '#actors/pricing/adjustments.ts';
import { asked, type Metered } from '#actors/pricing/metered.ts';
import { committedOf } from '#actors/pricing/rate-commitment.ts';
import { inCurrency, type RatingContext } from '#actors/pricing/rating-context.ts';
import type { RatingStep } from '#actors/pricing/rating-step.ts';
import { convert } from '#actors/pricing/terms/conversion.ts';
import { chargeable } from '#actors/pricing/terms/free-units.ts';
import { percentDiscount } from '#actors/pricing/terms/percent-discount.ts';
import { rateModel } from '#actors/pricing/usage-model.ts';
import { hasTerms, type UsagePrice, windowOf } from '#actors/pricing/usage-price.ts';

/**
 * `amount` is the list amount in minor units: `listed`, the charge model's result rounded once, plus the adjustments,
 * each rounded once. It is cumulative, so what a run books is its difference to what earlier runs booked. `exact` and the
 * steps are in the price's own unit, where it has one.
 */
export type RatedUsage = {
  readonly amount: bigint;
  readonly listed: bigint;
  /** Listed minus the percentage discount: what counts toward a commitment. */
  readonly spend: bigint;
  readonly exact: Dec;
  readonly quantity: Dec;
  readonly converted: Dec;
  readonly charged: Dec;
  readonly steps: readonly RatingStep[];
  readonly adjustments: readonly Adjustment[];
  readonly context: RatingContext;
};

/**
 * Rates the cumulative usage of a service period. Throws RangeError when something that the price asks for was not
 * loaded, and beyond what the books can hold.
 */
export function rateUsage(price: UsagePrice, metered: Metered, context: RatingContext): RatedUsage {
  return hasTerms(price) ? rateWithTerms(price, metered, context) : ratePlain(price, metered, context);
}

/** The charge model and one rounding are all there is: the usual price, on the path that every fee and line takes. */
function ratePlain({ model }: UsagePrice, metered: Metered, context: RatingContext): RatedUsage {
  const { quantity } = metered;
  const { exact, steps } = rateModel(model, metered);
  const listed = roundToMinor(inCurrency(exact, context), context.currency);
  const whole = { quantity, converted: quantity, charged: quantity };
  return { amount: listed, listed, spend: listed, exact, ...whole, steps, adjustments: [], context };
}

function rateWithTerms(price: UsagePrice, metered: Metered, context: RatingContext): RatedUsage {
  const { converted, windows } = chargedWindows(price, metered, context);
  const parts = price.ratedPer === undefined ? [sumDecimals(windows)] : windows;
  const drafts = parts.map((quantity) => rateModel(price.model, { ...metered, quantity }));
  const exact = sumDecimals(drafts.map((draft) => draft.exact));
  const listed = roundToMinor(inCurrency(exact, context), context.currency);
  const discount = discountOf(price, listed);
  const spend = listed + sumOf(discount);
  const committed = commitmentAdjustments(price, committedOf(price, { drafts, spend, context }), context);
  const before = spend + sumOf(committed);
  const limits = limitAdjustments(price, before, context);
  return {
    amount: before + sumOf(limits),
    listed,
    spend,
    exact,
    quantity: metered.quantity,
    converted,
    charged: sumDecimals(parts),
    steps: drafts.flatMap((draft) => draft.steps),
    adjustments: [...discount, ...committed, ...limits],
    context,
  };
}

/** The quantity of the period, or of each window that the price asks for, converted and without its free part. */
function chargedWindows(price: UsagePrice, metered: Metered, context: RatingContext) {
  const { conversion, freeUnits } = price;
  const unit = windowOf(price);
  const metering =
    unit === undefined ? [metered.quantity] : asked(metered.windows, `the quantity of each ${unit}`);
  const windows = conversion === undefined ? metering : metering.map((each) => convert(conversion, each));
  const converted = sumDecimals(windows);
  if (freeUnits === undefined) return { converted, windows };
  const used = { windows, before: context.before?.quantity, share: context.share };
  return { converted, windows: chargeable(freeUnits, used) };
}

function discountOf(price: UsagePrice, listed: bigint): Adjustment[] {
  if (price.discountPercent === undefined) return [];
  const amount = -percentDiscount(listed, decimal(price.discountPercent));
  return [{ kind: 'discount', amount: String(amount), percent: price.discountPercent }];
}

function sumOf(adjustments: readonly Adjustment[]): bigint {
  return adjustments.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** How the quantity came about: what was metered, converted, free. */
export function quantityText({ quantity, converted, charged }: RatedUsage): string[] {
  const free = converted.minus(charged);
  const isBelow = quantity.isNegative() && !quantity.isZero();
  return [
    ...(isBelow ? [`quantity ${printDecimal(quantity)} is below zero and rated as 0`] : []),
    ...(converted.equals(quantity)
      ? []
      : [`${printDecimal(quantity)} metered are ${printDecimal(converted)} units`]),
    ...(free.isZero() ? [] : [`${printDecimal(free)} units are free, ${printDecimal(charged)} are charged`]),
  ];
}
