// Owns comparing rollups with the facts they are made of, in one snapshot; commands, the background check and tests ask it.
// Changes nothing.
import { instantText } from '#actors/calendar/time.ts';
import type { Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';

/** What is compared; what is left out means all there is. */
export type RecountSpan = {
  readonly customerId?: string | undefined;
  readonly meterId?: string | undefined;
  /** Whole UTC hours, the end not included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Differences told at most. */
  readonly max?: number;
};

/** An hour of a meter, a customer, a scope and a set of dimensions. */
export type RolledHour = {
  readonly customerId: string;
  readonly meterId: string;
  readonly scopeId: string;
  readonly hour: string;
  /** JSON object; null without dimensions. */
  readonly dimensions: string | null;
};

export type RollupDifference = RolledHour & {
  /** Events and their sum; null where there is no such row. */
  readonly counted: { readonly events: string; readonly sum: string } | null;
  readonly rolledUp: { readonly events: string; readonly sum: string } | null;
};

export type Recount = {
  /** Facts and rollups that were looked at. */
  readonly events: number;
  readonly hours: number;
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly RollupDifference[];
};

const DIFFERENCES_MAX = 100;

/** Compares everything a rollup says with its facts, the latest receipt included, which cutoffs look at. */
export async function recountRollups(tx: Tx, tenantId: string, span: RecountSpan = {}): Promise<Recount> {
  const rows = await tx<Recount[]>`
    with counted as (
      select customer_id, meter_id, scope_id, coalesce(dimensions, '{}') as dimensions,
        ${hourOf(tx, tx`event_time`)} as bucket,
        count(*) as events, sum(value) as total, min(value) as low, max(value) as high, max(event_time) as latest_time,
        (array_agg(value order by event_time desc, event_ref desc))[1] as latest,
        (array_agg(event_ref order by event_time desc, event_ref desc))[1] as latest_ref,
        max(received_at) as received, sum(amount) as amount
      from meter_events where tenant_id = ${tenantId} ${within(tx, span, 'event_time')}
      group by 1, 2, 3, 4, 5
    ), rolled as (
      select customer_id, meter_id, scope_id, coalesce(dimensions, '{}') as dimensions, bucket, event_count as events,
        sum_value as total, min_value as low, max_value as high, last_time as latest_time, last_value as latest,
        last_ref as latest_ref, last_received_at as received, amount
      from usage_rollups where tenant_id = ${tenantId} ${within(tx, span, 'bucket')}
    ), compared as materialized (
      select customer_id, meter_id, scope_id, dimensions, bucket, c.events as counted, c.total as counted_total,
        r.events as rolled, r.total as rolled_total,
        (c.events, c.total, c.low, c.high, c.latest_time, c.latest, c.latest_ref, c.received, c.amount) is distinct from
          (r.events, r.total, r.low, r.high, r.latest_time, r.latest, r.latest_ref, r.received, r.amount) as differs
      from counted c full join rolled r using (customer_id, meter_id, scope_id, dimensions, bucket)
    )
    select coalesce(sum(counted), 0)::float8 as events, count(*)::float8 as hours,
      (count(*) filter (where differs))::float8 as differing, (
        select coalesce(jsonb_agg(jsonb_build_object('customerId', customer_id, 'meterId', meter_id, 'scopeId', scope_id,
            'hour', bucket, 'dimensions', nullif(dimensions, '{}')::text,
            'counted', case when counted is not null
              then jsonb_build_object('events', counted::text, 'sum', trim_scale(counted_total)::text) end,
            'rolledUp', case when rolled is not null
              then jsonb_build_object('events', rolled::text, 'sum', trim_scale(rolled_total)::text) end)), '[]')
        from (select * from compared where differs order by customer_id, meter_id, scope_id, bucket, dimensions
          limit ${span.max ?? DIFFERENCES_MAX}) d) as differences
    from compared`;
  const [found] = rows;
  if (found === undefined) throw new Error('rollups were compared without an answer');
  const differences = found.differences.map((one) => ({
    ...one,
    hour: instantText(Temporal.Instant.from(one.hour)),
  }));
  return { ...found, differences };
}

function within(tx: Tx, { customerId, meterId, from, to }: RecountSpan, time: 'event_time' | 'bucket') {
  const parts = [
    customerId === undefined ? tx`` : tx`and customer_id = ${customerId}`,
    meterId === undefined ? tx`` : tx`and meter_id = ${meterId}`,
    from === undefined ? tx`` : tx`and ${tx(time)} >= ${from}`,
    to === undefined ? tx`` : tx`and ${tx(time)} < ${to}`,
  ];
  return parts.reduce((before, part) => tx`${before} ${part}`, tx``);
}

/** Customers in the order of their ids, those after `after`. */
export async function customersAfter(
  tx: Tx,
  tenantId: string,
  asked: {
    readonly ids: readonly string[] | undefined;
    readonly after: string | undefined;
    readonly max: number;
  },
): Promise<string[]> {
  const { ids, after = '', max } = asked;
  const rows = await tx<{ id: string }[]>`
    select id from customers
    where tenant_id = ${tenantId} and id > ${after} ${ids === undefined ? tx`` : tx`and id = any(${ids as string[]}::text[])`}
    order by id limit ${max}`;
  return rows.map(({ id }) => id);
}
