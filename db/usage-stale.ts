// Owns marking hours whose charges are to be looked at again, in one place for everything that changes usage of the past.
import type { Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';
import type { UsagePlace } from './usage-sealed.ts';

/**
 * Inserts marks for the rows of a CTE named `late` (tenant_id, customer_id, meter_id, bucket, event_time): their own
 * hours, and where the level of a meter is carried over the first hour of every later charge that may still be billed.
 * `markedAt` is system time, RFC 3339.
 */
export function staleMarks(tx: Tx, markedAt: string) {
  return tx`
    insert into stale_usage as s (tenant_id, customer_id, meter_id, bucket, marked_at)
    select tenant_id, customer_id, meter_id, bucket, ${markedAt}::timestamptz from late
    union
    select l.tenant_id, l.customer_id, l.meter_id,
      ${hourOf(tx, tx`c.service_start`)}, ${markedAt}::timestamptz
    from late l
    join meters m on m.id = l.meter_id and m.settings ->> 'carriedOver' = 'true'
    join charges c on c.customer_id = l.customer_id and c.meter_id = l.meter_id and c.service_start > l.event_time
      and c.live and c.working
    order by tenant_id, customer_id, meter_id, bucket
    -- Changes nothing and locks the mark: a turn that accounts for it waits until these facts can be seen.
    on conflict (tenant_id, customer_id, meter_id, bucket) do update set marked_at = s.marked_at`;
}

/** Marks the hours of these times as a drain marks late usage. A turn that finds nothing billed in one forgets the mark. */
export async function markHours(
  tx: Tx,
  of: { readonly tenantId: string; readonly at: string },
  times: readonly UsagePlace[],
): Promise<void> {
  await tx`
    with late as materialized (
      select ${of.tenantId}::text as tenant_id, h.customer_id, h.meter_id, h.at as event_time,
        ${hourOf(tx, tx`h.at`)} as bucket
      from unnest(${times.map(({ customerId }) => customerId)}::text[], ${times.map(({ meterId }) => meterId)}::text[],
        ${times.map(({ time }) => time)}::timestamptz[]) as h (customer_id, meter_id, at)
    )
    ${staleMarks(tx, of.at)}`;
}
