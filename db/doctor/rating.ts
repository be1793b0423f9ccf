// Owns rating every booked amount again, from the stored quantity and the published price.
import { currency } from '#actors/money/currency.ts';
import { rateStored, type StoredRun } from '#actors/pricing/rate-stored.ts';
import type { RunExplanation } from '#actors/state/run-explanation.ts';
import { toUsagePrice } from '#db/customer-rows.ts';
import type { ComputedInvariant } from './invariant.ts';

export const rating: ComputedInvariant = {
  id: 'I5.rating',
  title: 'rating the stored quantity by the published price gives the stored amount and its explanation',
  page: (tx, after, max) => tx`
    select r.id as key, r.quantity, r.event_count, r.list_amount, r.explanation, h.currency, h.kind, p.model, p.terms
    from realization_runs r join charges h on h.id = r.charge_id left join prices p on p.id = h.price_id
    where r.quantity is not null and r.id > ${after} order by r.id limit ${max}`,
  problemOf: (row) => {
    if (row['model'] === null) return 'its price is lost';
    const explanation = row['explanation'] as RunExplanation;
    // Too many parts to be kept: whoever explains the line reads them from the usage.
    if (explanation.partsOmitted === true) return undefined;
    try {
      const rated = rateStored({
        price: toUsagePrice(row),
        kind: row['kind'] as StoredRun['kind'],
        currency: currency(String(row['currency'])),
        quantity: String(row['quantity']),
        eventCount: BigInt(String(row['event_count'])),
        explanation,
      });
      if (String(rated.amount) !== row['list_amount'])
        return `is ${rated.amount}, says ${row['list_amount']}`;
      const steps = rated.steps.slice(0, explanation.steps.length);
      const isExplained =
        isSame(explanation.steps, steps) && isSame(explanation.adjustments ?? [], rated.adjustments);
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
