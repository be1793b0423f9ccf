// Owns rating every booked amount again, from the stored quantity and the published price.
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import type { PriceModel } from '#actors/pricing/price.ts';
import { rate } from '#actors/pricing/rate.ts';
import type { ComputedInvariant } from './invariant.ts';

export const rating: ComputedInvariant = {
  id: 'I5.rating',
  title: 'rating the stored quantity by the published price gives the stored amount and its explanation',
  page: (tx, after, max) => tx`
    select r.id as key, r.quantity, r.list_amount, r.explanation, h.currency, p.model
    from realization_runs r join charges h on h.id = r.charge_id left join prices p on p.id = h.price_id
    where r.quantity is not null and r.id > ${after} order by r.id limit ${max}`,
  problemOf: (row) => {
    const model = row['model'] as PriceModel | null;
    if (model === null) return 'its price is lost';
    try {
      const rated = rate(model, decimal(String(row['quantity'])), currency(String(row['currency'])));
      if (String(rated.amount) !== row['list_amount'])
        return `is ${rated.amount}, says ${row['list_amount']}`;
      const { model: explained, steps } = row['explanation'] as { model: unknown; steps: unknown };
      const isExplained = isSame(explained, model) && isSame(steps, rated.steps);
      return isExplained ? undefined : 'is explained by another price or other steps';
    } catch (error) {
      return `cannot be rated: ${String(error)}`;
    }
  },
};

/** Equal as JSON, whatever the order of members. */
function isSame(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
