// Owns what a fixed fee costs for the quantity of its item. Refuses usage, whose quantity is metered.
import { decimal } from '#actors/money/decimal.ts';
import type { UsageModel } from '#actors/pricing/usage-model.ts';

/** A flat amount is the price of one: three seats cost it three times, none costs nothing. */
export function feeModel(model: UsageModel, quantity: string): UsageModel {
  if (model.type !== 'flat' || decimal(quantity).equals(1)) return model;
  return { type: 'per_unit', unitAmount: model.amount };
}
