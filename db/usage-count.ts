// Owns the statement that counts the inbox: identity, events, facts, rollups and late marks at once (protocols H4–H7, H18).
// Refuses to know where the events came from. Every lock is taken in key order, so concurrent drains wait, never deadlock.
import type { Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';
import { stillBilled } from './usage-sealed.ts';
import { staleMarks } from './usage-stale.ts';

/** An event that was not simply created, or (kind `stale`) a customer whose closed periods received usage. */
export type DrainNote =
  | {
      readonly kind: 'repeated';
      readonly inboxId: string;
      readonly position: number;
      readonly key: string;
      readonly bodyHash: string;
    }
  | { readonly kind: 'unbilled'; readonly inboxId: string; readonly position: number }
  | { readonly kind: 'stale'; readonly tenantId: string; readonly customerId: string };

/**
 * Counts all events of the rows that were never counted; the first of equal ids wins, by row and position. Returns what
 * differs from "created". `storedAt` is system time, RFC 3339.
 */
export async function countInboxRows(tx: Tx, ids: readonly string[], storedAt: string): Promise<DrainNote[]> {
  const waiting = tx`i.id = any(${ids as string[]}::text[]::bigint[])`;
  // Declared last runs first: the rollups, which other drains wait for, are locked as late as can be, and after the marks,
  // as by everybody who sets usage right.
  return await tx<DrainNote[]>`
    with ${identified(tx, waiting)}, ${extracted(tx, waiting)}, ${rolledUp(tx)}, ${markedLate(tx, storedAt)},
      ${kept(tx, storedAt)}
    ${noted(tx)}`;
}

type Fragment = ReturnType<typeof rolledUp>;

/** `sent`: all events. `stored`: those never seen before, one per key, with their new numbers. */
function identified(tx: Tx, waiting: Fragment) {
  return tx`
    sent as materialized (
      select i.id as inbox_id, i.tenant_id, i.received_at as row_received_at, e.*
      from usage_inbox i, rows from (unnest(i.keys), unnest(i.body_hashes), unnest(i.customer_ids),
          unnest(i.subscription_ids), unnest(i.sources), unnest(i.event_ids), unnest(i.types), unnest(i.event_times),
          unnest(i.clock_times), jsonb_array_elements(i.properties)) with ordinality
        as e (key, body_hash, customer_id, subscription_id, source, event_id, type, event_time, clock_time, properties, position)
      where ${waiting}
    ), first as materialized (
      select distinct on (key) * from sent order by key, inbox_id, position
    ), fresh as (
      insert into usage_identity (key, body_hash) select key, body_hash from first order by key
      on conflict do nothing returning key
    ), stored as materialized (
      -- Numbered as they came in: of two events of one instant the later one is the latest.
      select nextval('usage_event_id') as ref, f.inbox_id, f.position, f.tenant_id, f.customer_id, f.subscription_id,
        coalesce(f.source, '') as source, f.event_id, f.type, f.properties,
        coalesce(f.clock_time, f.row_received_at) as received_at,
        coalesce(f.event_time, f.clock_time, f.row_received_at) as event_time, f.clock_time is not null as on_clock
      from (select f.* from fresh join first f using (key) order by f.inbox_id, f.position) f
    )`;
}

/** `facts`: what each meter makes of each stored event, and the hour it belongs to. */
function extracted(tx: Tx, waiting: Fragment) {
  return tx`
    said as materialized (
      select i.id as inbox_id, f.*
      from usage_inbox i, rows from (unnest(i.fact_positions), unnest(i.fact_meters), unnest(i.fact_values),
          jsonb_array_elements(i.fact_dimensions), unnest(i.fact_dimension_keys), unnest(i.fact_value_keys),
          unnest(i.fact_amounts))
        as f (position, meter_id, value, dimensions, dimension_key, value_key, amount)
      where ${waiting}
    ), facts as materialized (
      select s.ref, s.inbox_id, s.position, s.tenant_id, s.customer_id, f.meter_id, f.value, f.dimensions,
        coalesce(f.dimension_key, '') as dimension_key, f.value_key, f.amount, s.event_time, s.received_at,
        ${hourOf(tx, tx`s.event_time`)} as bucket,
        ${scopeOf(tx, { event: 's', fact: 'f' })} as scope_id
      from said f join stored s on s.inbox_id = f.inbox_id and s.position = f.position
    )`;
}

/** Usage that names a subscription is that subscription's own only where it has an item of that scope (R14). */
export function scopeOf(tx: Tx, rows: { readonly event: 's' | 'e'; readonly fact: 'f' | 'w' }) {
  const [event, fact] = [tx(rows.event), tx(rows.fact)];
  return tx`
    case when ${event}.subscription_id is not null and exists (
        select 1 from item_versions v
        where v.customer_id = ${event}.customer_id and v.meter_id = ${fact}.meter_id and v.usage_scope = 'subscription'
          and v.subscription_id = ${event}.subscription_id)
      then ${event}.subscription_id else '' end`;
}

/**
 * `late`: facts of closed periods, whose hours are marked for the customer's actor, and facts of a customer whose actor
 * is behind: the turn that closes may run right now, unseen by this snapshot, and count without them. What the turn saw of
 * the inbox says nothing of a row that was received before and committed since; so the present decides, and not the receipt.
 */
function markedLate(tx: Tx, storedAt: string) {
  return tx`
    marks as materialized (
      -- One look per customer, and by its key: a join would read the whole table.
      select d.customer_id, (select c.closed_through from customers c where c.id = d.customer_id) as closed_through,
        (select min(least(s.period_end, s.cancel_at)) from subscriptions s
          where s.customer_id = d.customer_id and s.ended_at is null) as closes_at,
        case when d.on_clock
          then (select (select k.now_at from test_clocks k where k.id = c.clock_id) from customers c where c.id = d.customer_id)
          -- A turn of another process may be ahead of this one, by less than this.
          else ${storedAt}::timestamptz + interval '5 seconds' end as present
      from (select customer_id, bool_or(on_clock) as on_clock from stored group by customer_id) d
    ), late as materialized (
      select f.tenant_id, f.customer_id, f.meter_id, f.bucket, f.inbox_id, f.position, f.event_time,
        coalesce(f.event_time < m.closed_through, false) as is_closed
      from facts f
      -- Events bound their facts, and there are fewer of them.
      join (select * from marks where closed_through > (select min(event_time) from stored) or closes_at <= present) m
        on m.customer_id = f.customer_id and (f.event_time < m.closed_through or m.closes_at <= m.present)
    ), stale as (
      ${staleMarks(tx, storedAt)}
    )`;
}

/** Adds `facts` to the rollups of their hours, in key order. */
export function rolledUp(tx: Tx) {
  return tx`
    rollups as (
      insert into usage_rollups as r (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, dimensions,
        event_count, sum_value, min_value, max_value, last_value, last_time, last_ref, last_received_at, amount)
      select min(tenant_id), customer_id, meter_id, scope_id, dimension_key, bucket,
        min(nullif(dimensions, 'null')::text)::jsonb, count(*), sum(value), min(value), max(value),
        (array_agg(value order by event_time desc, ref desc))[1], max(event_time),
        (array_agg(ref order by event_time desc, ref desc))[1], max(received_at), sum(amount)
      from facts
      group by customer_id, meter_id, scope_id, bucket, dimension_key
      order by customer_id, meter_id, scope_id, bucket, dimension_key
      on conflict (customer_id, meter_id, scope_id, bucket, dimension_key) do update set
        event_count = r.event_count + excluded.event_count,
        sum_value = r.sum_value + excluded.sum_value,
        min_value = least(r.min_value, excluded.min_value),
        max_value = greatest(r.max_value, excluded.max_value),
        last_value = case when (excluded.last_time, excluded.last_ref) > (r.last_time, r.last_ref)
          then excluded.last_value else r.last_value end,
        last_ref = case when (excluded.last_time, excluded.last_ref) > (r.last_time, r.last_ref)
          then excluded.last_ref else r.last_ref end,
        last_time = greatest(r.last_time, excluded.last_time),
        last_received_at = greatest(r.last_received_at, excluded.last_received_at),
        amount = case when excluded.amount is null then r.amount else coalesce(r.amount, 0) + excluded.amount end
    )`;
}

/** Facts and events as they will stay. */
function kept(tx: Tx, storedAt: string) {
  return tx`
    meter_facts as (
      insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, dimensions, event_time,
        received_at, stored_at, value_key, amount)
      select ref, tenant_id, customer_id, meter_id, scope_id, value, nullif(dimensions, 'null'), event_time, received_at,
        ${storedAt}::timestamptz, value_key, amount
      from facts
    ), events as (
      insert into usage_events (id, tenant_id, customer_id, subscription_id, source, event_id, type, event_time,
        received_at, properties, stored_at)
      select ref, tenant_id, customer_id, subscription_id, source, event_id, type, event_time, received_at, properties,
        ${storedAt}::timestamptz
      from stored
    )`;
}

function noted(tx: Tx) {
  return tx`
    select 'repeated' as kind, s.inbox_id as "inboxId", s.position::integer, s.key::text, s.body_hash::text as "bodyHash",
      null as "tenantId", null as "customerId"
    from sent s
    where (select count(*) from stored) < (select count(*) from sent)
      and not exists (select 1 from stored d where d.inbox_id = s.inbox_id and d.position = s.position)
    union all
    -- Late, and no charge will bill it any more.
    select 'unbilled', l.inbox_id, l.position::integer, null, null, null, null
    from (select l.*, (select m.settings ->> 'carriedOver' = 'true' from meters m where m.id = l.meter_id) as carried
      from late l where l.is_closed) l
    group by l.inbox_id, l.position
    having not bool_or(${stillBilled(tx)})
    union all
    select distinct 'stale', null::bigint, null::integer, null, null, tenant_id, customer_id from late`;
}
