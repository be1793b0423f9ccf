// Owns the one figure a line can show as its price per unit; tiers and packages have none.
import type { PriceModel } from '#actors/pricing/price.ts';

/** Decimal text in major units, or null when the model has no single price per unit. */
export function unitAmountOf(model: PriceModel): string | null {
  if (model.type === 'per_unit') return model.unitAmount;
  return model.type === 'flat' ? model.amount : null;
}
