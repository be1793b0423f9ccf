// Owns reading quantities: whole UTC hours from rollups, edges and hours with later events from facts (protocols H6).
// One statement, so all quantities are of one moment; meters that rollups cannot answer are read by usage-split.ts.
// Refuses to know charges, prices and clocks.
import { shortText } from '#actors/calendar/instants.ts';
import type { Sql, Tx } from './scope.ts';
import { hourOf } from './usage-hours.ts';
import { splitQuantities } from './usage-split.ts';

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

type QuantityRow = Omit<UsageQuantity, 'eventCount'> & { eventCount: string; rollsUp: boolean | null };

/** The cumulative quantity of each request, in the order asked. Throws if the tenant lacks one of the meters. */
export async function usageQuantities(
  sql: Sql | Tx,
  tenantId: string,
  requests: readonly QuantityRequest[],
): Promise<UsageQuantity[]> {
  if (requests.length === 0) return [];
  const rolled = await rolledQuantities(sql, tenantId, requests);
  const missing = requests.flatMap((request, index) =>
    rolled[index] === undefined ? [{ request, index }] : [],
  );
  if (missing.length === 0) return rolled.filter((one) => one !== undefined);
  const split = missing.map(({ request }) => ({ ...request, split: {} }));
  const read = await splitQuantities(sql, tenantId, split);
  const byIndex = new Map(missing.map(({ index }, at) => [index, read[at]]));
  return rolled.map((one, index) => {
    const quantity = one ?? byIndex.get(index);
    if (quantity === undefined) throw new Error('usage was asked for and not counted');
    const { quantity: text, eventCount, rolledUp } = quantity;
    return { quantity: text, eventCount, rolledUp };
  });
}

/** Undefined for a meter whose rollups do not say its quantity. */
async function rolledQuantities(
  sql: Sql | Tx,
  tenantId: string,
  requests: readonly QuantityRequest[],
): Promise<(UsageQuantity | undefined)[]> {
  const column = <T>(read: (request: QuantityRequest) => T): T[] => requests.map(read);
  const rows = await sql<QuantityRow[]>`
    select m.rolls_up as "rollsUp", coalesce(p.events, 0)::text as "eventCount", coalesce(p.rolled_up, false) as "rolledUp",
      trim_scale(coalesce(case m.aggregation when 'count' then p.events when 'sum' then p.total when 'max' then p.high
        when 'min' then p.low when 'latest' then p.latest
        when 'average' then quotient(p.total, p.events) end, 0))::text as quantity
    from unnest(${column((r) => r.customerId)}::text[], ${column((r) => r.meterId)}::text[],
        ${column((r) => r.scopeId)}::text[], ${column((r) => shortText(r.from))}::timestamptz[],
        ${column((r) => shortText(r.to))}::timestamptz[],
        ${column((r) => (r.cutoff === null ? null : shortText(r.cutoff)))}::timestamptz[]) with ordinality
      as a (customer_id, meter_id, scope_id, start, stop, cutoff, position)
    left join meters m on m.tenant_id = ${tenantId} and m.id = a.meter_id
    cross join lateral (select least(a.stop, ${hourOf(sql, sql`a.start + interval '59 minutes 59.999999 seconds'`)}) as first_hour) f
    cross join lateral (select greatest(f.first_hour, ${hourOf(sql, sql`a.stop`)}) as last_hour) l
    -- Walks of the indexes per request: joined as sets the planner takes a whole month of all customers (measured: 50x).
    -- One walk is enough where all that was rolled up counts and its order does not.
    cross join lateral (
      select ${sums(sql)}, null::numeric as latest, bool_or(u.late) as late
      from (select ${rollups(sql, tenantId)} union all ${edges(sql, tenantId)}) u) once
    cross join lateral (select coalesce(once.late or m.aggregation = 'latest', false) as again) g
    cross join lateral (
      select ${sums(sql)},
        (array_agg(u.last_value order by u.last_time desc, u.last_ref desc) filter (where m.aggregation = 'latest'))[1] as latest
      from (
        select ${rollups(sql, tenantId)} and (a.cutoff is null or r.last_received_at < a.cutoff)
        union all ${edges(sql, tenantId)} union all ${lateHours(sql, tenantId)}) u
      where g.again) twice
    cross join lateral (
      select once.events, once.total, once.high, once.low, once.latest, once.rolled_up where not g.again
      union all
      select twice.events, twice.total, twice.high, twice.low, twice.latest, twice.rolled_up where g.again) p
    order by a.position`;
  return rows.map(({ rollsUp, quantity, eventCount, rolledUp }, index) => {
    if (rollsUp === null) throw new Error(`there is no meter ${requests[index]?.meterId}`);
    return rollsUp ? { quantity, eventCount: BigInt(eventCount), rolledUp } : undefined;
  });
}

function sums(sql: Sql | Tx) {
  return sql`
    sum(u.event_count) as events, sum(u.sum_value) as total, max(u.max_value) as high, min(u.min_value) as low,
    bool_or(u.rolled_up) as rolled_up`;
}

/** Whole hours of a request, and whether each holds more than its cutoff allows. */
function rollups(sql: Sql | Tx, tenantId: string) {
  return sql`
    r.event_count, r.sum_value, r.min_value, r.max_value, r.last_value, r.last_time, r.last_ref, true as rolled_up,
    r.last_received_at >= a.cutoff as late
    from usage_rollups r
    where r.tenant_id = ${tenantId} and r.customer_id = a.customer_id and r.meter_id = a.meter_id
      and r.scope_id = a.scope_id and r.bucket >= f.first_hour and r.bucket < l.last_hour`;
}

/** The two hours that the ends of a request cut, event by event. */
function edges(sql: Sql | Tx, tenantId: string) {
  const between = (from: ReturnType<Tx>, to: ReturnType<Tx>) => sql`
    select ${fact(sql)} from meter_events e
    where e.tenant_id = ${tenantId} and e.customer_id = a.customer_id and e.meter_id = a.meter_id
      and e.scope_id = a.scope_id and e.event_time >= ${from} and e.event_time < ${to}
      and (a.cutoff is null or e.received_at < a.cutoff)`;
  return sql`${between(sql`a.start`, sql`f.first_hour`)} union all ${between(sql`l.last_hour`, sql`a.stop`)}`;
}

/** Rollups that hold more than the cutoff allows, each by its own facts: the hour's other dimensions count above. */
function lateHours(sql: Sql | Tx, tenantId: string) {
  return sql`
    select ${fact(sql)}
    from usage_rollups r
    join meter_events e on e.tenant_id = ${tenantId} and e.customer_id = a.customer_id and e.meter_id = a.meter_id
      and e.scope_id = a.scope_id and e.event_time >= r.bucket and e.event_time < r.bucket + interval '1 hour'
      and e.received_at < a.cutoff and e.dimensions is not distinct from r.dimensions
    where r.tenant_id = ${tenantId} and r.customer_id = a.customer_id and r.meter_id = a.meter_id
      and r.scope_id = a.scope_id and r.bucket >= f.first_hour and r.bucket < l.last_hour
      and r.last_received_at >= a.cutoff`;
}

const fact = (sql: Sql | Tx) =>
  sql`1::bigint, e.value, e.value, e.value, e.value, e.event_time, e.event_ref, false, false`;
