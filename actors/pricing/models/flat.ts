// Owns the flat charge model: one amount, whatever the quantity.
import { decimal } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { amount } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

/** `amount` is decimal text in major units. */
export type FlatPrice = { readonly type: 'flat'; readonly amount: string };

export function parseFlat(fields: Fields): FlatPrice {
  return { type: 'flat', amount: amount(fields, 'amount') };
}

export function rateFlat(price: FlatPrice): Draft {
  return { exact: decimal(price.amount), steps: [{ kind: 'fixed', subtotal: price.amount }] };
}
