// Owns which usage a charge counts.
import type { UsageCharge } from '#actors/state/charge.ts';
import type { QuantityNeed } from '#actors/state/facts.ts';
import type { Instant } from '#actors/state/scalars.ts';

type Counting = Pick<UsageCharge, 'meterId' | 'scopeId' | 'serviceStart' | 'serviceEnd' | 'rating'>;

/** The usage of its period, received before the cutoff; all that is stored when that is null. */
export function quantityOf(charge: Counting, cutoff: Instant | null): Omit<QuantityNeed, 'kind'> {
  const { meterId, scopeId, serviceStart: from, serviceEnd: to } = charge;
  const split = charge.rating?.split;
  return split === undefined
    ? { meterId, scopeId, from, to, cutoff }
    : { meterId, scopeId, from, to, cutoff, split };
}
