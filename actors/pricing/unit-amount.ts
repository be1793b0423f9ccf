// Owns the one figure a line can show as its price per unit; tiers and packages have none.
import type { UsagePrice } from '#actors/pricing/usage-price.ts';

/** Decimal text in major units, or null when no single price per metered unit makes the amount. */
export function unitAmountOf({ model, conversion, freeUnits, priceUnit }: UsagePrice): string | null {
  if (conversion !== undefined || freeUnits !== undefined || priceUnit !== undefined) return null;
  if (model.type === 'per_unit') return model.unitAmount;
  return model.type === 'flat' ? model.amount : null;
}
