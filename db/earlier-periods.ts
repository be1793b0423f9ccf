// Owns reading what earlier periods of an item version hand on to later ones: free units, commitments over a term.
import type { Earlier, EarlierNeed } from '#actors/state/facts.ts';
import type { Carried } from '#actors/state/run-explanation.ts';
import type { Sql, Tx } from './scope.ts';

type Row = { chargeId: string; serviceStart: string; carried: Carried | null };

/** Each period with what its last run with figures carries, oldest first. */
export async function earlierPeriods(
  connection: Sql | Tx,
  tenantId: string,
  { origin, from, before }: EarlierNeed,
): Promise<Earlier[]> {
  const rows = await connection<Row[]>`
    select h.id as "chargeId", h.service_start as "serviceStart", r.explanation->'carried' as carried
    from item_versions v join charges h on h.item_id = v.item_id and h.origin = v.id and h.live and h.kind = 'usage_based'
    left join lateral (
      select explanation from realization_runs
      where charge_id = h.id and quantity is not null and status <> 'released' order by number desc limit 1) r on true
    where v.tenant_id = ${tenantId} and v.id = ${origin} and h.service_start >= ${String(from)}::timestamptz and h.service_start < ${String(before)}::timestamptz
    order by h.service_start`;
  return rows.map((row) => ({ ...row, serviceStart: Temporal.Instant.from(row.serviceStart) }));
}
