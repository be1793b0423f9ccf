// Owns what a meter counted in windows of time, split by customer and dimensions: whole hours from rollups, hours that an
// edge cuts from facts, in one statement and so of one snapshot (protocols H6). A look at usage; bills come from runs.
import type { Period } from '#actors/calendar/period.ts';
import { type Stretches, stretchesOf } from '#actors/usage/usage-stretches.ts';
import type { Tx } from '#db/scope.ts';
import { hasValue } from '#db/usage-selected.ts';
import type { MeterView } from './meters.ts';

/** A window, or a bucket of one whose aggregates are summed; all lie in order, each beginning where the one before ends. */
export type UsageCell = Period & {
  /** Position of its window, from 0. */
  readonly window: number;
};

export type UsageQuestion = {
  readonly meter: Pick<MeterView, 'id' | 'aggregation' | 'percentile' | 'percentileMethod'>;
  /** Ids; undefined: all customers of the tenant. */
  readonly customers: readonly string[] | undefined;
  /** '' for what belongs to no subscription, the id of one for its own; undefined: both (ruling R14). */
  readonly scopeId: string | undefined;
  readonly cells: readonly UsageCell[];
  readonly byCustomer: boolean;
  /** Dimensions of the meter to split by. */
  readonly dimensions: readonly string[];
  /** Only usage that has one of the values; null stands for usage without the dimension. */
  readonly filters: readonly { readonly dimension: string; readonly values: readonly (string | null)[] }[];
  /** Rows read at most. */
  readonly max: number;
};

/** One window of one group that counted anything. */
export type UsageCount = {
  readonly window: number;
  readonly customerId: string | null;
  /** Values in the order of the question's dimensions. */
  readonly values: readonly (string | null)[];
  /** Exact decimal. */
  readonly quantity: string;
  readonly eventCount: string;
};

/** By window, then group. Windows and groups without usage are left out. Not for meters whose level is carried over. */
export async function countUsage(tx: Tx, tenantId: string, question: UsageQuestion): Promise<UsageCount[]> {
  const { cells, max } = question;
  const { whole, cut } = readingOf(question);
  const parts = { tenantId, question };
  return await tx<UsageCount[]>`
    with who as materialized (${whose(tx, tenantId, question)}), parts as (
      select p.bucket as at, p.dimensions, who.id as customer_id, p.event_count, p.sum_value, p.min_value, p.max_value,
        p.last_value, p.last_time, p.last_ref, null::uuid as value_key
      from who cross join ${periods(tx, whole)} cross join lateral (
        select * from usage_rollups r
        where r.customer_id = who.id and r.meter_id = ${question.meter.id} and r.bucket >= s.start and r.bucket < s.stop
          ${narrowed(tx, parts)}
        -- One walk of the index for each customer and stretch, whatever the planner believes.
        offset 0) p
      union all
      select p.event_time, p.dimensions, who.id, 1, p.value, p.value, p.value, p.value, p.event_time, p.event_ref, p.value_key
      from who cross join ${periods(tx, cut)} cross join lateral (
        select * from meter_events r
        where r.customer_id = who.id and r.meter_id = ${question.meter.id} and r.event_time >= s.start
          and r.event_time < s.stop ${narrowed(tx, parts)}
        offset 0) p
    ), placed as (
      select width_bucket(at, ${cells.map(({ start }) => String(start))}::timestamptz[]) as cell,
        ${question.byCustomer ? tx`customer_id` : tx`null::text`} as customer, ${split(tx, question)} as split, *
      from parts
    ), figures as (
      select cell, customer, split, ${figure(tx, question)} as figure, sum(event_count) as events
      from placed group by 1, 2, 3
    )
    select (${cells.map(({ window }) => window)}::integer[])[cell] as "window", customer as "customerId", split as values,
      trim_scale(sum(figure))::text as quantity, sum(events)::text as "eventCount"
    from figures group by 1, 2, 3 order by 1, 2, 3 limit ${max}`;
}

/** Distinct values and percentiles need every event; all else needs those in hours that an edge cuts. */
function readingOf({ meter: { aggregation }, cells }: UsageQuestion): Stretches {
  const [first, last] = [cells[0], cells.at(-1)];
  if (first === undefined || last === undefined) return { whole: [], cut: [] };
  if (aggregation === 'unique_count' || aggregation === 'percentile') {
    return { whole: [], cut: [{ start: first.start, end: last.end }] };
  }
  return stretchesOf([...cells.map(({ start }) => start), last.end]);
}

function whose(tx: Tx, tenantId: string, { customers }: UsageQuestion) {
  return customers === undefined
    ? tx`select id from customers where tenant_id = ${tenantId}`
    : tx`select unnest(${customers as string[]}::text[]) as id`;
}

function periods(tx: Tx, stretches: readonly Period[]) {
  return tx`unnest(${stretches.map(({ start }) => String(start))}::timestamptz[],
    ${stretches.map(({ end }) => String(end))}::timestamptz[]) as s (start, stop)`;
}

type Narrowing = { readonly tenantId: string; readonly question: UsageQuestion };

function narrowed(tx: Tx, { tenantId, question: { scopeId, filters } }: Narrowing) {
  const scope = scopeId === undefined ? tx`` : tx`and r.scope_id = ${scopeId}`;
  return filters.reduce(
    (before, { dimension, values }) => tx`${before} and ${hasValue(tx, dimension, values)}`,
    tx`and r.tenant_id = ${tenantId} ${scope}`,
  );
}

function split(tx: Tx, { dimensions }: UsageQuestion) {
  const [first, ...more] = dimensions;
  if (first === undefined) return tx`'[]'::jsonb`;
  const all = more.reduce(
    (before, name) => tx`${before}, dimensions ->> ${name}::text`,
    tx`dimensions ->> ${first}::text`,
  );
  return tx`jsonb_build_array(${all})`;
}

function figure(tx: Tx, { meter: { aggregation, percentile = '50', percentileMethod } }: UsageQuestion) {
  switch (aggregation) {
    case 'count':
      return tx`sum(event_count)`;
    case 'sum':
      return tx`sum(sum_value)`;
    case 'max':
      return tx`max(max_value)`;
    case 'min':
      return tx`min(min_value)`;
    case 'latest':
      return tx`(array_agg(last_value order by last_time desc, last_ref desc))[1]`;
    case 'average':
      return tx`quotient(sum(sum_value), sum(event_count))`;
    case 'unique_count':
      return tx`count(distinct value_key)::numeric`;
    case 'percentile':
      return tx`percentile_of(array_agg(sum_value order by sum_value), ${percentile}::numeric,
        ${percentileMethod === 'interpolated'})`;
    case 'time_weighted_average':
    case 'time_weighted_sum':
      throw new Error(`a ${aggregation} is carried over`);
    default:
      return aggregation satisfies never;
  }
}
