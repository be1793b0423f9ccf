// Owns counting the usage behind a stored run again, as of the cutoff that it had.
import type { QuantityParts } from '#actors/state/facts.ts';
import type { RatingFrame } from '#actors/state/rating-frame.ts';
import type { Tx } from '#db/scope.ts';
import { type UsageQuantity, usageQuantities } from '#db/usage-quantity.ts';
import { splitQuantities } from '#db/usage-split.ts';

export type Recount = { readonly quantity: string; readonly eventCount: string; readonly agrees: boolean };

export type RecountRow = {
  readonly customerId: string;
  readonly meterId: string | null;
  readonly scopeId: string;
  readonly rating: Pick<RatingFrame, 'split'> | null;
  readonly serviceStart: string;
  readonly serviceEnd: string;
  readonly runKind: 'partial' | 'final' | 'late_usage';
  readonly cutoffAt: string;
  readonly quantity: string;
  readonly eventCount: string;
};

/** What was counted then, if nothing was corrected since. A late run counted what was stored at its instant. */
export async function recountUsage(
  tx: Tx,
  tenantId: string,
  row: RecountRow,
): Promise<{ recount: Recount; parts: QuantityParts | undefined }> {
  const cutoff = Temporal.Instant.from(row.cutoffAt).add({
    microseconds: row.runKind === 'late_usage' ? 1 : 0,
  });
  const request = {
    customerId: row.customerId,
    meterId: row.meterId ?? '',
    scopeId: row.scopeId,
    from: Temporal.Instant.from(row.serviceStart),
    to: Temporal.Instant.from(row.serviceEnd),
    cutoff,
  };
  const split = row.rating?.split;
  const [counted] =
    split === undefined
      ? await usageQuantities(tx, tenantId, [request])
      : await splitQuantities(tx, tenantId, [{ ...request, split }]);
  if (counted === undefined) throw new Error('usage was asked for and not counted');
  const { quantity, eventCount } = counted;
  const agrees = quantity === row.quantity && String(eventCount) === row.eventCount;
  return { recount: { quantity, eventCount: String(eventCount), agrees }, parts: partsOf(counted) };
}

function partsOf(counted: UsageQuantity & { readonly metered?: QuantityParts }): QuantityParts | undefined {
  return counted.metered;
}
