// Owns reading aggregates of usage: of whole windows, or of each bucket in them and then summed. What merges is read from
// rollups; distinct values and percentiles are read from the facts of the period.
import { compareInstants } from '#actors/calendar/instants.ts';
import { windowsOver } from '#actors/calendar/window.ts';
import { type Stretches, stretchesOf } from '#actors/usage/usage-stretches.ts';
import type { Sql, Tx } from './scope.ts';
import { groupColumns, groupingSets, placeOf } from './usage-marginals.ts';
import {
  eventsOf,
  type MeterReading,
  partsOf,
  type ReadQuantity,
  spanOf,
  type UsageReading,
  whoOf,
} from './usage-reading.ts';

/** Windows and groups without usage are left out. By window, then group. */
export async function readAggregates(sql: Sql | Tx, reading: UsageReading): Promise<ReadQuantity[]> {
  const span = spanOf(reading);
  const { bucket } = reading.meter.settings;
  const buckets = bucket === undefined ? [] : windowsOver(span, bucket).map(({ start }) => start);
  return await sql<ReadQuantity[]>`
    with who as materialized (${whoOf(sql, reading)}), parts as (${partsOf(sql, reading, stretches(reading, buckets))}),
    placed as (
      select ${placeOf(sql, reading)}, p.*,
        ${bucket === undefined ? sql`0` : sql`width_bucket(at, ${buckets.map(String)}::timestamptz[])`} as b
      from parts p
    ), bucketed as (
      select ${groupColumns(sql, reading)}, ${figure(sql, reading.meter)} as quantity,
        sum(events) as events, sum(amount) as amount
      from placed group by grouping sets (${groupingSets(sql, reading, 'b')})
    )
    select by, w as "window", customer as "customerId", split as values,
      trim_scale(sum(quantity))::text as quantity, sum(events)::text as "eventCount", trim_scale(sum(amount))::text as amount,
      ${eventsOf(sql, reading)} as events
    from bucketed group by by, w, customer, split order by by, w, customer, split limit ${reading.max}`;
}

/** Hours that no edge of a window or bucket cuts are read from rollups, where those are enough. */
function stretches(reading: UsageReading, buckets: readonly Temporal.Instant[]): Stretches {
  const span = spanOf(reading);
  if (['unique_count', 'percentile'].includes(reading.meter.aggregation)) return { whole: [], cut: [span] };
  const inside = buckets.filter((start) => compareInstants(start, span.start) > 0);
  // Of two instants a microsecond apart one lies within an hour, so that rollups end before the event that reading stops at.
  const stop = reading.upTo === undefined ? [] : [reading.upTo.at];
  const edges = [...reading.windows.map(({ start }) => start), span.end, ...inside, ...stop];
  return stretchesOf(edges.sort(compareInstants));
}

function figure(sql: Sql | Tx, { aggregation, settings }: MeterReading) {
  switch (aggregation) {
    case 'count':
      return sql`sum(events)`;
    case 'sum':
      return sql`sum(total)`;
    case 'max':
      return sql`max(high)`;
    case 'min':
      return sql`min(low)`;
    case 'average':
      return sql`quotient(sum(total), sum(events))`;
    case 'latest':
      return sql`(array_agg(last_value order by last_time desc, last_ref desc))[1]`;
    case 'unique_count':
      return sql`count(distinct value_key)`;
    case 'percentile':
      return sql`percentile_of(array_agg(last_value order by last_value), ${settings.percentile ?? ''}::numeric,
        ${settings.percentileMethod === 'interpolated'})`;
    case 'time_weighted_average':
    case 'time_weighted_sum':
      throw new Error(`a ${aggregation} is read as a level`);
    default:
      return aggregation satisfies never;
  }
}
