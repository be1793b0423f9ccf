// Owns the check that rollups are what the facts add up to; doctor and tests ask it. Changes nothing.
import type { Tx } from './scope.ts';

export type RollupDifference = {
  readonly customerId: string;
  readonly meterId: string;
  readonly bucket: string;
  /** Events in the facts, and in the rollup. */
  readonly counted: string;
  readonly rolledUp: string;
};

/** Buckets of the tenant whose rollup differs from its facts in any value; at most `max`. Reads everything. */
export async function recountRollups(tx: Tx, tenantId: string, max = 100): Promise<RollupDifference[]> {
  return await tx<RollupDifference[]>`
    with counted as (
      select customer_id, meter_id, scope_id, coalesce(dimensions, '{}') as dimensions,
        date_bin('1 hour', event_time, timestamptz '2000-01-01T00:00:00Z') as bucket,
        count(*) as event_count, sum(value) as sum_value, min(value) as min_value, max(value) as max_value,
        (array_agg(value order by event_time desc, event_ref desc))[1] as last_value, sum(amount) as amount
      from meter_events where tenant_id = ${tenantId}
      group by 1, 2, 3, 4, 5
    ), rolled as (
      select customer_id, meter_id, scope_id, coalesce(dimensions, '{}') as dimensions, bucket,
        event_count, sum_value, min_value, max_value, last_value, amount
      from usage_rollups where tenant_id = ${tenantId}
    )
    select customer_id as "customerId", meter_id as "meterId", bucket,
      coalesce(c.event_count, 0)::text as counted, coalesce(r.event_count, 0)::text as "rolledUp"
    from counted c full join rolled r using (customer_id, meter_id, scope_id, dimensions, bucket)
    where (c.event_count, c.sum_value, c.min_value, c.max_value, c.last_value, c.amount)
      is distinct from (r.event_count, r.sum_value, r.min_value, r.max_value, r.last_value, r.amount)
    order by bucket limit ${max}`;
}
