// Owns counting single hours of rollups again from their facts, under the lock that keeps drains out of them.
import type { Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';

/** Facts by event, meter, customer and time: columns of equal length. */
export type RollupKeys = {
  readonly refs: readonly string[];
  readonly meterIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly times: readonly string[];
};

/** An hour of a meter for a customer, a scope and a set of dimensions. */
export type RollupKey = {
  readonly customerId: string;
  readonly meterId: string;
  readonly scopeId: string;
  readonly bucket: string;
  readonly dimensionKey: string;
};

/** Locks the rollups that hold the named facts, in the order in which drains lock them. */
export async function lockRollups(tx: Tx, tenantId: string, facts: RollupKeys): Promise<RollupKey[]> {
  if (facts.refs.length === 0) return [];
  return await tx<RollupKey[]>`
    with hours as materialized (
      select distinct f.customer_id, f.meter_id, f.scope_id, f.dimensions,
        ${hourOf(tx, tx`f.event_time`)} as bucket
      from unnest(${facts.refs as string[]}::text[]::bigint[], ${facts.meterIds as string[]}::text[],
        ${facts.customerIds as string[]}::text[], ${facts.times as string[]}::timestamptz[]) as d (ref, meter_id, customer_id, at)
      join meter_events f on f.tenant_id = ${tenantId} and f.customer_id = d.customer_id and f.event_time = d.at
        and f.event_ref = d.ref and f.meter_id = d.meter_id
    )
    select r.customer_id as "customerId", r.meter_id as "meterId", r.scope_id as "scopeId", r.bucket,
      r.dimension_key as "dimensionKey"
    from hours h
    join usage_rollups r on r.tenant_id = ${tenantId} and r.customer_id = h.customer_id and r.meter_id = h.meter_id
      and r.scope_id = h.scope_id and r.bucket = h.bucket and r.dimensions is not distinct from h.dimensions
    order by r.customer_id, r.meter_id, r.scope_id, r.bucket, r.dimension_key
    for update of r`;
}

/**
 * Locks the named rollups, making those that are not there (empty) in the same order: a drain that counts for one of them
 * has committed before this returns, or waits for this transaction.
 */
export async function holdRollups(
  tx: Tx,
  tenantId: string,
  rollups: readonly (RollupKey & { readonly dimensions: string | null })[],
): Promise<void> {
  const column = <T>(read: (rollup: RollupKey & { dimensions: string | null }) => T): T[] =>
    rollups.map(read);
  await tx`
    insert into usage_rollups as r (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, dimensions, event_count,
      sum_value, min_value, max_value, last_value, last_time, last_ref, last_received_at)
    select ${tenantId}, customer_id, meter_id, scope_id, dimension_key, bucket, dimensions, 0, 0, 0, 0, 0, bucket, 0, bucket
    from unnest(${column((k) => k.customerId)}::text[], ${column((k) => k.meterId)}::text[],
      ${column((k) => k.scopeId)}::text[], ${column((k) => k.bucket)}::timestamptz[], ${column((k) => k.dimensionKey)}::text[],
      ${column((k) => k.dimensions)}::text[]::jsonb[])
      as k (customer_id, meter_id, scope_id, bucket, dimension_key, dimensions)
    order by customer_id, meter_id, scope_id, bucket, dimension_key
    on conflict (customer_id, meter_id, scope_id, bucket, dimension_key) do update set event_count = r.event_count`;
}

/** Removes rollups that say the same hour and dimensions as a held one under another key: both would be counted. */
export async function dropRepeated(
  tx: Tx,
  tenantId: string,
  held: readonly (RollupKey & { readonly dimensions: string | null })[],
): Promise<void> {
  const column = <T>(read: (rollup: RollupKey & { dimensions: string | null }) => T): T[] => held.map(read);
  await tx`
    delete from usage_rollups r
    using unnest(${column((k) => k.customerId)}::text[], ${column((k) => k.meterId)}::text[],
      ${column((k) => k.scopeId)}::text[], ${column((k) => k.bucket)}::timestamptz[], ${column((k) => k.dimensionKey)}::text[],
      ${column((k) => k.dimensions)}::text[]::jsonb[])
      as k (customer_id, meter_id, scope_id, bucket, dimension_key, dimensions)
    where r.tenant_id = ${tenantId} and r.customer_id = k.customer_id and r.meter_id = k.meter_id
      and r.scope_id = k.scope_id and r.bucket = k.bucket and r.dimensions is not distinct from k.dimensions
      and r.dimension_key <> k.dimension_key`;
}

/**
 * Counts locked rollups again from all facts there are now; one without facts goes. A statement of its own after the
 * lock, so that it sees what the drain it waited for has committed.
 */
export async function countAgain(tx: Tx, tenantId: string, keys: readonly RollupKey[]): Promise<void> {
  if (keys.length === 0) return;
  const column = <T>(read: (key: RollupKey) => T): T[] => keys.map(read);
  await tx`
    with keys as materialized (
      select * from unnest(${column((k) => k.customerId)}::text[], ${column((k) => k.meterId)}::text[],
        ${column((k) => k.scopeId)}::text[], ${column((k) => k.bucket)}::timestamptz[], ${column((k) => k.dimensionKey)}::text[])
        as k (customer_id, meter_id, scope_id, bucket, dimension_key)
    ), counted as materialized (
      select r.customer_id, r.meter_id, r.scope_id, r.bucket, r.dimension_key, count(*) as events, sum(f.value) as total,
        min(f.value) as low, max(f.value) as high, max(f.event_time) as latest_time, max(f.received_at) as received,
        (array_agg(f.value order by f.event_time desc, f.event_ref desc))[1] as latest,
        (array_agg(f.event_ref order by f.event_time desc, f.event_ref desc))[1] as latest_ref, sum(f.amount) as amount
      from keys k join usage_rollups r using (customer_id, meter_id, scope_id, bucket, dimension_key)
      join meter_events f on f.tenant_id = ${tenantId} and f.customer_id = r.customer_id and f.meter_id = r.meter_id
        and f.scope_id = r.scope_id and f.event_time >= r.bucket and f.event_time < r.bucket + interval '1 hour'
        and f.dimensions is not distinct from r.dimensions
      group by 1, 2, 3, 4, 5
    ), gone as (
      delete from usage_rollups r using keys k
      where r.tenant_id = ${tenantId} and r.customer_id = k.customer_id and r.meter_id = k.meter_id
        and r.scope_id = k.scope_id and r.bucket = k.bucket and r.dimension_key = k.dimension_key
        and not exists (select 1 from counted c where c.customer_id = k.customer_id and c.meter_id = k.meter_id
          and c.scope_id = k.scope_id and c.bucket = k.bucket and c.dimension_key = k.dimension_key)
    )
    update usage_rollups r set event_count = c.events, sum_value = c.total, min_value = c.low, max_value = c.high,
      last_value = c.latest, last_time = c.latest_time, last_ref = c.latest_ref, last_received_at = c.received,
      amount = c.amount
    from counted c
    where r.tenant_id = ${tenantId} and r.customer_id = c.customer_id and r.meter_id = c.meter_id
      and r.scope_id = c.scope_id and r.bucket = c.bucket and r.dimension_key = c.dimension_key`;
}
