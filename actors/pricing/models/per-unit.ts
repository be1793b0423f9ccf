// Owns the per-unit charge model: quantity × unit amount.
import { type Dec, decimal, printDecimal } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { amount } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

/** `unitAmount` is decimal text in major units and may be far below a minor unit. */
export type PerUnitPrice = { readonly type: 'per_unit'; readonly unitAmount: string };

export function parsePerUnit(fields: Fields): PerUnitPrice {
  return { type: 'per_unit', unitAmount: amount(fields, 'unitAmount') };
}

export function ratePerUnit(price: PerUnitPrice, quantity: Dec): Draft {
  const exact = decimal(price.unitAmount).times(quantity);
  return {
    exact,
    steps: [
      {
        kind: 'units',
        quantity: printDecimal(quantity),
        unitAmount: price.unitAmount,
        subtotal: printDecimal(exact),
      },
    ],
  };
}
