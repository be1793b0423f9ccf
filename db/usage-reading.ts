// Owns what is asked of stored usage beyond one cumulative quantity, and the rows that answer: hours from rollups, hours
// that an edge cuts and hours with events after the cutoff from facts (protocols H6). Refuses to aggregate them.
import type { Period } from '#actors/calendar/period.ts';
import type { UsageSelection } from '#actors/pricing/usage-filter.ts';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import type { MeterSettings } from '#actors/usage/meter-settings.ts';
import type { Stretches } from '#actors/usage/usage-stretches.ts';
import type { Sql, Tx } from './scope.ts';
import { hasValue, takenBy } from './usage-selected.ts';

export type MeterReading = {
  readonly id: string;
  readonly aggregation: Aggregation;
  readonly settings: MeterSettings;
};

/** A marginal of the answer: all of the usage, each window, each group, each group in each window. */
export type Grouping = 'whole' | 'window' | 'group' | 'window_and_group';

export type UsageReading = {
  readonly tenantId: string;
  readonly meter: MeterReading;
  /** Ids; undefined: all customers of the tenant. */
  readonly customers: readonly string[] | undefined;
  /** '' for what belongs to no subscription, the id of one for its own; undefined: both (ruling R14). */
  readonly scopeId: string | undefined;
  /** Only usage that has one of the values; null stands for usage without the dimension. */
  readonly filters: readonly { readonly dimension: string; readonly values: readonly (string | null)[] }[];
  /** Only what a price takes of it; absent: all. */
  readonly only?: UsageSelection | undefined;
  /** Events received at or after it do not count; null counts all that are stored. */
  readonly cutoff: Temporal.Instant | null;
  /** Beside a cutoff: events that were counted after it do not count either. System time. */
  readonly countedBy?: Temporal.Instant | undefined;
  /** In order, each beginning where the one before ends; at least one. */
  readonly windows: readonly Period[];
  readonly byCustomer: boolean;
  /** Dimensions of the meter to split by, and names of `ofEvents`. */
  readonly dimensions: readonly string[];
  /** What events themselves say, by the name under which it is split and filtered; reads every event of the span. */
  readonly ofEvents?: readonly EventColumn[];
  /** Only events up to this one, in order of (time, number), itself included or not. */
  readonly upTo?: EventPosition | undefined;
  readonly by: readonly Grouping[];
  /** Whether the value of each event is read as well, beside the whole. */
  readonly events: boolean;
  /** Rows read at most. */
  readonly max: number;
};

/** `source`, or the property named after `properties.`. */
export type EventColumn = 'source' | `properties.${string}`;

export type EventPosition = {
  readonly at: Temporal.Instant;
  readonly ref: string;
  readonly included: boolean;
};

export type ReadQuantity = {
  readonly by: Grouping;
  /** Position in the windows, from 0; null where all of them are meant. */
  readonly window: number | null;
  readonly customerId: string | null;
  /** Values in the order of the dimensions asked for. */
  readonly values: readonly (string | null)[];
  /** Exact decimal. */
  readonly quantity: string;
  readonly eventCount: string;
  /** Sum of the prices that came with the events; null where none did. */
  readonly amount: string | null;
  /** Each event's value, in order of (time, sequence); null where not asked for, and beside other groupings. */
  readonly events: readonly string[] | null;
};

/** What meters are, by id. */
export async function loadMeterReadings(
  sql: Sql | Tx,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, MeterReading>> {
  const rows = await sql<MeterReading[]>`
    select id, aggregation, settings from meters where tenant_id = ${tenantId} and id = any(${ids as string[]}::text[])`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** From the start of the first window to the end of the last. */
export function spanOf({ windows }: Pick<UsageReading, 'windows'>): Period {
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('usage is read in at least one window');
  return { start: first.start, end: last.end };
}

/** The customers asked about, as `id`. */
export function whoOf(sql: Sql | Tx, { tenantId, customers }: UsageReading) {
  return customers === undefined
    ? sql`select id from customers where tenant_id = ${tenantId}`
    : sql`select unnest(${customers as string[]}::text[]) as id`;
}

/**
 * Usage of the stretches, a row for each whole hour's rollup and for each fact elsewhere. Every table is walked by its
 * index, once for each customer and stretch, whatever the planner believes.
 */
export function partsOf(sql: Sql | Tx, reading: UsageReading, stretched: Stretches) {
  const { whole, cut } = reading.ofEvents === undefined ? stretched : asFacts(stretched);
  const facts = sql`
    select p.event_time as at, who.id as customer_id, p.scope_id, p.dimensions, p.value_key, 1::bigint as events,
      p.value as total, p.value as low, p.value as high, p.value as last_value, p.event_time as last_time,
      p.event_ref as last_ref, p.amount
    from who cross join ${stretches(sql, cut)} cross join lateral (
      select * from ${factsOf(sql, reading)} r
      where r.customer_id = who.id and r.meter_id = ${reading.meter.id} and r.event_time >= s.start
        and r.event_time < s.stop ${narrowed(sql, reading)} ${inTime(sql, reading)}
      offset 0) p`;
  if (whole.length === 0) return facts;
  const settled = settledAt(reading);
  return sql`
    select p.bucket as at, who.id as customer_id, p.scope_id, p.dimensions, null::uuid as value_key, p.event_count as events,
      p.sum_value as total, p.min_value as low, p.max_value as high, p.last_value, p.last_time, p.last_ref, p.amount
    from who cross join ${stretches(sql, whole)} cross join lateral (
      select * from usage_rollups r
      where r.customer_id = who.id and r.meter_id = ${reading.meter.id} and r.bucket >= s.start and r.bucket < s.stop
        ${narrowed(sql, reading)} ${settled === null ? sql`` : sql`and r.last_received_at < ${String(settled)}`}
      offset 0) p
    union all ${facts} ${lateHours(sql, reading, { whole, settled })}`;
}

/** Rollups received before it hold nothing that does not count; they do not know when it was counted. */
function settledAt({ cutoff, countedBy }: UsageReading): Temporal.Instant | null {
  return cutoff === null || countedBy === undefined ? cutoff : cutoff.subtract({ hours: 24 });
}

/** The value of each event of the span as one array, in a row of a grouping named `by`. */
export function eventsOf(sql: Sql | Tx, reading: UsageReading) {
  if (!reading.events) return sql`null::text[]`;
  const facts = partsOf(sql, reading, { whole: [], cut: [spanOf(reading)] });
  return sql`case when by = 'whole' then (
    select coalesce(array_agg(trim_scale(last_value)::text order by last_time, last_ref), '{}') from (${facts}) e) end`;
}

/** Rollups that hold more than the cutoff allows, each by its own facts: the hour's other dimensions count by rollup. */
function lateHours(
  sql: Sql | Tx,
  reading: UsageReading,
  { whole, settled }: { readonly whole: readonly Period[]; readonly settled: Temporal.Instant | null },
) {
  const { meter } = reading;
  if (settled === null) return sql``;
  return sql`
    union all
    select p.event_time, who.id, p.scope_id, p.dimensions, p.value_key, 1, p.value, p.value, p.value, p.value,
      p.event_time, p.event_ref, p.amount
    from who cross join ${stretches(sql, whole)} cross join lateral (
      select * from usage_rollups r
      where r.customer_id = who.id and r.meter_id = ${meter.id} and r.bucket >= s.start and r.bucket < s.stop
        and r.last_received_at >= ${String(settled)} ${narrowed(sql, reading)}
      offset 0) h
    cross join lateral (
      select * from meter_events r
      where r.customer_id = who.id and r.meter_id = ${meter.id} and r.scope_id = h.scope_id
        and r.event_time >= h.bucket and r.event_time < h.bucket + interval '1 hour'
        and r.dimensions is not distinct from h.dimensions and r.tenant_id = ${reading.tenantId} ${inTime(sql, reading)}
      offset 0) p`;
}

function inTime(sql: Sql | Tx, { cutoff, countedBy, upTo }: UsageReading) {
  const counted = countedBy === undefined ? sql`` : sql`and r.stored_at <= ${String(countedBy)}`;
  const received = cutoff === null ? sql`` : sql`and r.received_at < ${String(cutoff)} ${counted}`;
  if (upTo === undefined) return received;
  const place = sql`(${String(upTo.at)}::timestamptz, ${upTo.ref}::bigint)`;
  return upTo.included
    ? sql`${received} and (r.event_time, r.event_ref) <= ${place}`
    : sql`${received} and (r.event_time, r.event_ref) < ${place}`;
}

/** Facts, where asked for with what their events say among their dimensions. */
function factsOf(sql: Sql | Tx, { ofEvents }: UsageReading) {
  if (ofEvents === undefined || ofEvents.length === 0) return sql`meter_events`;
  const said = ofEvents.map((column) =>
    column === 'source'
      ? sql`${column}::text, e.source`
      : sql`${column}::text, e.properties ->> ${column.slice('properties.'.length)}`,
  );
  const [first = sql``, ...more] = said;
  return sql`(
    select f.event_ref, f.tenant_id, f.customer_id, f.meter_id, f.scope_id, f.value, f.event_time, f.received_at, f.stored_at, f.value_key,
      f.amount, coalesce(f.dimensions, '{}') || jsonb_build_object(${more.reduce((before, one) => sql`${before}, ${one}`, first)})
        as dimensions
    from meter_events f join usage_events e on e.id = f.event_ref and e.stored_at = f.stored_at)`;
}

/** Rollups do not know what single events say. */
function asFacts({ whole, cut }: Stretches): Stretches {
  const byStart = (a: Period, b: Period): number => Temporal.Instant.compare(a.start, b.start);
  return { whole: [], cut: [...whole, ...cut].sort(byStart) };
}

function stretches(sql: Sql | Tx, of: readonly Period[]) {
  return sql`unnest(${of.map(({ start }) => String(start))}::timestamptz[],
    ${of.map(({ end }) => String(end))}::timestamptz[]) as s (start, stop)`;
}

function narrowed(sql: Sql | Tx, { tenantId, scopeId, filters, only }: UsageReading) {
  const scope = scopeId === undefined ? sql`` : sql`and r.scope_id = ${scopeId}`;
  const taken = only === undefined ? sql`` : sql`and ${takenBy(sql, only)}`;
  return filters.reduce(
    (before, { dimension, values }) => sql`${before} and ${hasValue(sql, dimension, values)}`,
    sql`and r.tenant_id = ${tenantId} ${scope} ${taken}`,
  );
}
