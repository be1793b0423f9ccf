// Owns guessing what a decision will ask for, so that a turn loads it at once. A wrong guess costs a read, never an answer.
import { compareInstants, secondsAfter } from '#actors/calendar/instants.ts';
import { quantityOf } from '#actors/charges/usage-need.ts';
import type { CustomerState } from '#actors/customer-state.ts';
import type { Need } from '#actors/state/facts.ts';

/** Quantities of the charges whose final count is due: the usual case of a close. */
export function foreseeNeeds(state: Pick<CustomerState, 'tenant' | 'rows'>, now: Temporal.Instant): Need[] {
  const seconds = state.tenant.collectionIntervalSeconds;
  const needs: Need[] = [];
  for (const charge of state.rows.charges) {
    if (charge.kind !== 'usage_based' || charge.parkedAt !== null || charge.advanceAt === null) continue;
    const cutoff = charge.cutoffAt ?? secondsAfter(charge.serviceEnd, seconds);
    if (compareInstants(cutoff, now) > 0 || charge.status.endsWith('.issuing')) continue;
    needs.push({ kind: 'quantity', ...quantityOf(charge, cutoff) });
  }
  return needs;
}
