// Owns when usage of a closed period will never be billed (ruling R7, decision 0011): for what arrives late, and for what is
// set right late.
import type { Tx } from './scope.ts';

/**
 * Whether a charge that covers usage `l` (customer_id, meter_id, event_time, and whether its level is `carried` over) is
 * open or still looked after. A level that is carried over is covered by every later charge too.
 */
export function stillBilled(tx: Tx) {
  return tx`
    exists (select 1 from charges c where c.customer_id = l.customer_id and c.meter_id = l.meter_id and c.working
        and (c.service_start <= l.event_time or l.carried) and l.event_time < c.service_end)`;
}

/** Where usage of a customer lies. */
export type UsagePlace = { readonly customerId: string; readonly meterId: string; readonly time: string };

/** Whether none of the usage will ever be billed; false where there is none. */
export async function isSealed(tx: Tx, places: readonly UsagePlace[]): Promise<boolean> {
  const rows = await tx<{ sealed: boolean | null }[]>`
    select bool_and(coalesce(l.event_time < l.closed_through, false) and not (${stillBilled(tx)})) as sealed
    from (
      select p.*, c.closed_through, m.settings ->> 'carriedOver' = 'true' as carried
      from unnest(${places.map(({ customerId }) => customerId)}::text[], ${places.map(({ meterId }) => meterId)}::text[],
        ${places.map(({ time }) => time)}::timestamptz[]) as p (customer_id, meter_id, event_time)
      join customers c on c.id = p.customer_id
      join meters m on m.id = p.meter_id
    ) l`;
  return rows[0]?.sealed ?? false;
}
