// Owns reading quantities: whole UTC hours from rollups, edges and hours with later events from facts (protocols H6).
// One statement reads a quantity, so each is of one moment, though two of a call need not be of the same; meters that rollups
// cannot answer are read by usage-split.ts.
// Refuses to know charges, prices and clocks.
import { shortText } from '#actors/calendar/instants.ts';
import type { Sql, Tx } from './scope.ts';
import { hourOf, isHour } from './usage-hours.ts';
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

/**
 * Undefined for a meter whose rollups do not say its quantity. One walk of each request's hours is enough where all that was
 * rolled up counts and its order does not; those with late usage, and latest values, are walked once more.
 */
async function rolledQuantities(
  sql: Sql | Tx,
  tenantId: string,
  requests: readonly QuantityRequest[],
): Promise<(UsageQuantity | undefined)[]> {
  const rows = await walked(sql, { tenantId, requests, exactly: false });
  const again = requests.filter((_, index) => rows[index]?.again === true);
  const exact = again.length === 0 ? [] : await walked(sql, { tenantId, requests: again, exactly: true });
  const exactRow = exact.values();
  return rows.map((row, index) => {
    if (row.rollsUp === null) throw new Error(`there is no meter ${requests[index]?.meterId}`);
    const answer = row.again ? exactRow.next().value : row;
    if (answer === undefined) throw new Error('usage was walked twice and not counted');
    const { rollsUp, quantity, eventCount, rolledUp } = answer;
    return rollsUp ? { quantity, eventCount: BigInt(eventCount), rolledUp } : undefined;
  });
}

type Walk = {
  tenantId: string;
  requests: readonly QuantityRequest[];
  /** Leaves out what came at the cutoff or later, and knows the latest value. */
  exactly: boolean;
};

/** `again`: the quantity has to come from an exact walk. */
type WalkedRow = Omit<UsageQuantity, 'eventCount'> & {
  eventCount: string;
  rollsUp: boolean | null;
  again: boolean;
};

async function walked(sql: Sql | Tx, { tenantId, requests, exactly }: Walk): Promise<WalkedRow[]> {
  const column = <T>(read: (request: QuantityRequest) => T): T[] => requests.map(read);
  // Nothing is read event by event where a whole hour begins and ends.
  const cut = requests.some(({ from, to }) => !isHour(from) || !isHour(to));
  const hours = exactly ? timelyHours(sql, tenantId) : rollups(sql, tenantId);
  return await sql<WalkedRow[]>`
    select m.rolls_up as "rollsUp", coalesce(p.events, 0)::text as "eventCount", coalesce(p.rolled_up, false) as "rolledUp",
      ${exactly ? sql`false` : sql`coalesce(m.rolls_up and (p.late or m.aggregation = 'latest'), false)`} as again,
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
    cross join lateral (
      select sum(u.event_count) as events, sum(u.sum_value) as total, max(u.max_value) as high, min(u.min_value) as low,
        bool_or(u.rolled_up) as rolled_up, bool_or(u.late) as late,
        ${exactly ? latestValue(sql) : sql`null::numeric`} as latest
      from (${hours} ${cut ? edges(sql, tenantId) : sql``}) u) p
    order by a.position`;
}

const latestValue = (sql: Sql | Tx) => sql`
  (array_agg(u.last_value order by u.last_time desc, u.last_ref desc) filter (where m.aggregation = 'latest'))[1]`;

/** Whole hours of a request without what came at its cutoff or later. */
function timelyHours(sql: Sql | Tx, tenantId: string) {
  return sql`
    ${rollups(sql, tenantId)} and (a.cutoff is null or r.last_received_at < a.cutoff) union all ${lateHours(sql, tenantId)}`;
}

/** Whole hours of a request, and whether each holds more than its cutoff allows. */
function rollups(sql: Sql | Tx, tenantId: string) {
  return sql`
    select r.event_count, r.sum_value, r.min_value, r.max_value, r.last_value, r.last_time, r.last_ref, true as rolled_up,
    r.last_received_at >= a.cutoff as late
    from usage_rollups r
    where r.tenant_id = ${tenantId} and r.customer_id = a.customer_id and r.meter_id = a.meter_id
      and r.scope_id = a.scope_id and r.bucket >= f.first_hour and r.bucket < l.last_hour`;
}

/** The two hours that the ends of a request cut, event by event: not looked for in an hour that none cuts. */
function edges(sql: Sql | Tx, tenantId: string) {
  const between = (from: ReturnType<Tx>, to: ReturnType<Tx>) => sql`
    select ${fact(sql)} from meter_events e
    where e.tenant_id = ${tenantId} and e.customer_id = a.customer_id and e.meter_id = a.meter_id
      and e.scope_id = a.scope_id and ${from} < ${to} and e.event_time >= ${from} and e.event_time < ${to}
      and (a.cutoff is null or e.received_at < a.cutoff)`;
  return sql`union all ${between(sql`a.start`, sql`f.first_hour`)} union all ${between(sql`l.last_hour`, sql`a.stop`)}`;
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
