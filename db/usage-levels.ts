// Owns reading levels that last: what was there before the period, and how each event of the period moves it, per customer,
// scope and dimensions, or counted text (decision 0066). The facts of the period are read, and of the time before it rollups
// where those know.

import { type LevelMoves, levelQuantities } from '#actors/usage/level-quantities.ts';
import { levelOf } from '#actors/usage/meter-settings.ts';
import type { Sql, Tx } from './scope.ts';
import { groupColumns, groupingSets, placeOf } from './usage-marginals.ts';
import { eventsOf, partsOf, type ReadQuantity, spanOf, type UsageReading, whoOf } from './usage-reading.ts';

/** No event is older. */
const FIRST_EVENT_TIME = Temporal.Instant.from('1970-01-01T00:00:00Z');

/** Every group that has a level or an event, in every window. */
export async function readLevels(sql: Sql | Tx, reading: UsageReading): Promise<ReadQuantity[]> {
  const { start, end } = spanOf(reading);
  const moves = await sql<LevelMoves[]>`
    with who as materialized (${whoOf(sql, reading)}), carried as (${carriedOver(sql, reading)}),
    stream as (
      select ${String(start)}::timestamptz as at, 0::bigint as ref, customer_id, scope_id, dimensions, value_key, level as value,
        0 as events, null::numeric as amount
      from carried where level <> 0
      union all
      select at, last_ref, customer_id, scope_id, dimensions, value_key, last_value, 1, amount
      from (${partsOf(sql, reading, { whole: [], cut: [{ start, end }] })}) f
    ), moves as (${movesOf(sql, reading)}
    ), placed as (
      select ${placeOf(sql, reading)}, m.* from moves m
    ), ended as (
      select *, (${reading.windows.map((window) => String(window.end))}::timestamptz[])[w + 1] as window_end from placed
    ),
    moved as (
      select ${groupColumns(sql, reading)}, sum(change) as change, sum(events) as events,
        sum(change * extract(epoch from ${String(end)}::timestamptz - at)) as until_end,
        sum(change * extract(epoch from window_end - at)) as until_window_end, sum(amount) as amount
      from ended group by grouping sets (${groupingSets(sql, reading)})
    )
    select by, w as "window", customer as "customerId", split as values, coalesce(change, 0)::text as change,
      coalesce(until_end, 0)::text as "untilEnd", coalesce(until_window_end, 0)::text as "untilWindowEnd",
      coalesce(events, 0)::text as "eventCount", trim_scale(amount)::text as amount, ${eventsOf(sql, reading)} as events
    from moved order by by, w, customer, split limit ${reading.max}`;
  return levelQuantities(reading, moves);
}

/** Each row of `stream` as the `change` of a level. */
function movesOf(sql: Sql | Tx, { meter }: UsageReading) {
  const level = levelOf(meter);
  if (level === 'sum') return sql`select *, value as change from stream`;
  if (level === 'latest') {
    return sql`
      select *, value - coalesce(lag(value) over (partition by customer_id, scope_id, dimensions order by at, ref), 0) as change
      from stream`;
  }
  // A text is there once, where its latest event says: it comes there, and goes from where it was.
  return sql`
    select s.at, s.customer_id, s.scope_id, m.* from (
      select *, lag(value) over text as value_before, lag(dimensions) over text as dimensions_before
      from stream window text as (partition by customer_id, scope_id, value_key order by at, ref)
    ) s cross join lateral (values (s.dimensions, s.value, s.events, s.amount),
      (s.dimensions_before, -s.value_before, 0, null)) m (dimensions, change, events, amount)
    where m.change is not null`;
}

/** The level of each series at the start; none for a meter that begins every period at zero. */
function carriedOver(sql: Sql | Tx, reading: UsageReading) {
  const { start } = spanOf(reading);
  const { settings } = reading.meter;
  if (settings.carriedOver !== true) {
    const nothing = partsOf(sql, reading, { whole: [], cut: [] });
    return sql`select customer_id, scope_id, dimensions, value_key, 0::numeric as level from (${nothing}) p`;
  }
  const latest = (column: 'dimensions' | 'last_value') =>
    sql`(array_agg(${sql(column)} order by last_time desc, last_ref desc))[1]`;
  if (levelOf(reading.meter) === 'unique_count') {
    // Rollups do not know texts.
    const before = partsOf(sql, reading, { whole: [], cut: [{ start: FIRST_EVENT_TIME, end: start }] });
    return sql`
      select customer_id, scope_id, ${latest('dimensions')} as dimensions, value_key, ${latest('last_value')} as level
      from (${before}) p group by customer_id, scope_id, value_key`;
  }
  const hour = start.round({ smallestUnit: 'hour', roundingMode: 'floor' });
  const before = { whole: [{ start: FIRST_EVENT_TIME, end: hour }], cut: [{ start: hour, end: start }] };
  const level = levelOf(reading.meter) === 'sum' ? sql`sum(total)` : latest('last_value');
  return sql`
    select customer_id, scope_id, dimensions, null::uuid as value_key, ${level} as level
    from (${partsOf(sql, reading, before)}) p group by customer_id, scope_id, dimensions`;
}
