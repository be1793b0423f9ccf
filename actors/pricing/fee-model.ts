// Owns what a fixed fee costs for the quantity of its item. Refuses usage, whose quantity is metered.
import { decimal } from '#actors/money/decimal.ts';
import type { PriceModel } from '#actors/pricing/price.ts';

/** A flat amount is the price of one: three seats cost it three times, none costs nothing. */
export function feeModel(model: PriceModel, quantity: string): PriceModel {
  if (model.type !== 'flat' || decimal(quantity).equals(1)) return model;
  return { type: 'per_unit', unitAmount: model.amount };
}
