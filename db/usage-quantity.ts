// Owns reading quantities: whole UTC hours from rollups, edges and hours with later events from facts (protocols H6).
// One statement, so all quantities are of one moment. Refuses to know charges, prices and clocks.
import type { Sql, Tx } from './scope.ts';

export type QuantityRequest = {
  readonly customerId: string;
  readonly meterId: string;
  /** '' for the customer's scope, else the subscription (ruling R14). */
  readonly scopeId: string;
  /** Event times in [from, to) count. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  /** Events received at or after it do not count; null counts all that are stored. */
  readonly cutoff: Temporal.Instant | null;
};

export type UsageQuantity = {
  /** Exact decimal; 0 when nothing was counted. */
  readonly quantity: string;
  readonly eventCount: bigint;
  /** Whether any of it was read from rollups: an explanation of how, never of what. */
  readonly rolledUp: boolean;
};

type QuantityRow = Omit<UsageQuantity, 'eventCount'> & { eventCount: string; aggregation: string | null };

/** The cumulative quantity of each request, in the order asked. Throws if the tenant lacks one of the meters. */
export async function usageQuantities(
  sql: Sql | Tx,
  tenantId: string,
  requests: readonly QuantityRequest[],
): Promise<UsageQuantity[]> {
  if (requests.length === 0) return [];
  const column = <T>(read: (request: QuantityRequest) => T): T[] => requests.map(read);
  const rows = await sql<QuantityRow[]>`
    with asked as materialized (
      select a.*, m.aggregation, h.first_hour,
        greatest(h.first_hour, date_bin('1 hour', a.stop, timestamptz '2000-01-01T00:00:00Z')) as last_hour
      from unnest(${column((r) => r.customerId)}::text[], ${column((r) => r.meterId)}::text[],
          ${column((r) => r.scopeId)}::text[], ${column((r) => String(r.from))}::timestamptz[],
          ${column((r) => String(r.to))}::timestamptz[],
          ${column((r) => (r.cutoff === null ? null : String(r.cutoff)))}::timestamptz[]) with ordinality
        as a (customer_id, meter_id, scope_id, start, stop, cutoff, position)
      left join meters m on m.tenant_id = ${tenantId} and m.id = a.meter_id
      cross join lateral (select least(a.stop, date_bin('1 hour', a.start + interval '59 minutes 59.999999 seconds',
        timestamptz '2000-01-01T00:00:00Z')) as first_hour) h
    ), changed as materialized (
      -- Hours whose rollups hold more than the cutoff allows: usually none.
      select distinct a.position, date_bin('1 hour', e.event_time, timestamptz '2000-01-01T00:00:00Z') as bucket
      from asked a join meter_events e on e.tenant_id = ${tenantId} and e.customer_id = a.customer_id
        and e.received_at >= a.cutoff and e.meter_id = a.meter_id and e.scope_id = a.scope_id
        and e.event_time >= a.first_hour and e.event_time < a.last_hour
    ), spans as (
      select position, start as low, first_hour as high from asked
      union all select position, last_hour, stop from asked
      union all select position, bucket, bucket + interval '1 hour' from changed
    ), parts as (
      select a.position, r.event_count, r.sum_value, r.min_value, r.max_value, r.last_value, r.last_time, r.last_ref,
        true as rolled_up
      from asked a join usage_rollups r on r.tenant_id = ${tenantId} and r.customer_id = a.customer_id
        and r.meter_id = a.meter_id and r.scope_id = a.scope_id
        and r.bucket >= a.first_hour and r.bucket < a.last_hour
      where not exists (select 1 from changed c where c.position = a.position and c.bucket = r.bucket)
      union all
      select a.position, 1, e.value, e.value, e.value, e.value, e.event_time, e.event_ref, false
      from spans s join asked a using (position)
      join meter_events e on e.tenant_id = ${tenantId} and e.customer_id = a.customer_id
        and e.meter_id = a.meter_id and e.event_time >= s.low and e.event_time < s.high
        and e.scope_id = a.scope_id and (a.cutoff is null or e.received_at < a.cutoff)
    )
    select a.aggregation, coalesce(sum(p.event_count), 0)::text as "eventCount",
      coalesce(bool_or(p.rolled_up), false) as "rolledUp",
      trim_scale(coalesce(case a.aggregation
        when 'count' then sum(p.event_count)
        when 'sum' then sum(p.sum_value)
        when 'max' then max(p.max_value)
        when 'min' then min(p.min_value)
        when 'latest' then (array_agg(p.last_value order by p.last_time desc, p.last_ref desc)
          filter (where a.aggregation = 'latest'))[1]
      end, 0))::text as quantity
    from asked a left join parts p using (position)
    group by a.position, a.aggregation order by a.position`;
  return rows.map(({ aggregation, quantity, eventCount, rolledUp }, index) => {
    if (aggregation === null) throw new Error(`there is no meter ${requests[index]?.meterId}`);
    return { quantity, eventCount: BigInt(eventCount), rolledUp };
  });
}
