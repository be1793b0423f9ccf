// Owns counting the usage behind a stored run again, as of the cutoff that it had.
import type { QuantityParts } from '#actors/state/facts.ts';
import type { RatingFrame } from '#actors/state/rating-frame.ts';
import { madeAt } from '#db/id-time.ts';
import type { Tx } from '#db/scope.ts';
import { type UsageQuantity, usageQuantities } from '#db/usage-quantity.ts';
import { splitQuantities } from '#db/usage-split.ts';

export type Recount = {
  readonly quantity: string;
  readonly eventCount: string;
  readonly agrees: boolean;
  /** Events of the period that were amended or retracted after the run: what is stored now is not what it counted. */
  readonly correctedSince: number;
  /** Reprocessings of the meter that changed facts after the run, of a span and customers that include the period. */
  readonly reprocessedSince: number;
};

export type RecountRow = {
  readonly runId: string;
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

/**
 * What was counted then, if nothing was changed since (decision 0067). A late run counted what was stored at its instant. Where
 * a test clock stands still, or events waited to be counted, the cutoff does not part what the run saw from what it did
 * not: then what was counted before the run was made decides.
 */
export async function recountUsage(
  tx: Tx,
  tenantId: string,
  row: RecountRow,
): Promise<{ recount: Recount; parts: QuantityParts | undefined }> {
  const atCutoff = await countedAgain(tx, tenantId, { row });
  const counted = agreesWith(row, atCutoff)
    ? atCutoff
    : preferred(row, atCutoff, await countedAgain(tx, tenantId, { row, countedBy: madeAt(row.runId) }));
  const { quantity, eventCount } = counted;
  const recount = { quantity, eventCount: String(eventCount), agrees: agreesWith(row, counted) };
  return { recount: { ...recount, ...(await changesSince(tx, tenantId, row)) }, parts: partsOf(counted) };
}

type Counted = UsageQuantity & { readonly metered?: QuantityParts };

function agreesWith(row: RecountRow, { quantity, eventCount }: Counted): boolean {
  return quantity === row.quantity && String(eventCount) === row.eventCount;
}

function preferred(row: RecountRow, atCutoff: Counted, atRun: Counted): Counted {
  return agreesWith(row, atRun) ? atRun : atCutoff;
}

async function countedAgain(
  tx: Tx,
  tenantId: string,
  { row, countedBy }: { readonly row: RecountRow; readonly countedBy?: Temporal.Instant },
): Promise<Counted> {
  const request = {
    customerId: row.customerId,
    meterId: row.meterId ?? '',
    scopeId: row.scopeId,
    from: Temporal.Instant.from(row.serviceStart),
    to: Temporal.Instant.from(row.serviceEnd),
    cutoff: Temporal.Instant.from(row.cutoffAt).add({ microseconds: row.runKind === 'late_usage' ? 1 : 0 }),
  };
  const split = row.rating?.split;
  const [counted] =
    split === undefined && countedBy === undefined
      ? await usageQuantities(tx, tenantId, [request])
      : await splitQuantities(tx, tenantId, [
          { ...request, split: split ?? {}, ...(countedBy !== undefined && { countedBy }) },
        ]);
  if (counted === undefined) throw new Error('usage was asked for and not counted');
  return counted;
}

async function changesSince(
  tx: Tx,
  tenantId: string,
  row: RecountRow,
): Promise<Pick<Recount, 'correctedSince' | 'reprocessedSince'>> {
  const since = String(madeAt(row.runId));
  const [found] = await tx<Pick<Recount, 'correctedSince' | 'reprocessedSince'>[]>`
    select (
      select count(distinct c.event_ref)::integer from usage_corrections c
      join usage_events e on e.tenant_id = c.tenant_id and e.id = c.event_ref and e.type = m.event_type
      cross join lateral (values (c.before), (c.after)) v (version)
      where c.tenant_id = ${tenantId} and c.customer_id = ${row.customerId} and c.created_at >= ${since}
        and (v.version ->> 'time')::timestamptz < ${row.serviceEnd}
        and ((v.version ->> 'time')::timestamptz >= ${row.serviceStart} or m.settings ->> 'carriedOver' = 'true')
    ) as "correctedSince", (
      select count(*)::integer from usage_reprocessings p
      where p.tenant_id = ${tenantId} and p.meter_id = m.id and p.changed > 0 and p.updated_at >= ${since}
        and (p.customer_ids is null or ${row.customerId} = any(p.customer_ids)) and p.from_time < ${row.serviceEnd}
        and (p.to_time > ${row.serviceStart} or m.settings ->> 'carriedOver' = 'true')
    ) as "reprocessedSince"
    from meters m where m.tenant_id = ${tenantId} and m.id = ${row.meterId}`;
  return found ?? { correctedSince: 0, reprocessedSince: 0 };
}

function partsOf(counted: Counted): QuantityParts | undefined {
  return counted.metered;
}
