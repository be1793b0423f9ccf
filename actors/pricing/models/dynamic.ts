// Owns the dynamic charge model: the price comes with the events, times a multiplier.
import { Decimal, decimal, printDecimal, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { factor } from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import type { Metered } from '#actors/pricing/metered.ts';

/** `multiplier` is decimal text: 1.2 is a mark-up of a fifth. */
export type DynamicPrice = { readonly type: 'dynamic'; readonly multiplier: string };

export function parseDynamic(fields: Fields): DynamicPrice {
  return {
    type: 'dynamic',
    multiplier: fields.take('multiplier') === undefined ? '1' : factor(fields, 'multiplier'),
  };
}

/**
 * The prices that came with the events when they were loaded, else the quantity itself is the money. Without any quantity
 * nothing is owed, whatever was sent as price, and prices below zero in sum cost nothing: usage is never a payout.
 */
export function rateDynamic(price: DynamicPrice, metered: Metered): Draft {
  const sent = metered.quantity.greaterThan(ZERO) ? (metered.eventAmount ?? metered.quantity) : ZERO;
  const base = Decimal.max(sent, ZERO);
  const exact = base.times(decimal(price.multiplier));
  const step = {
    kind: 'multiplied',
    base: printDecimal(base),
    multiplier: price.multiplier,
    subtotal: printDecimal(exact),
  } as const;
  return { exact, steps: [step] };
}
