// Owns the rows of reprocessings and the events that come next in one. What is done with them is runtime/usage/reprocess.ts.
import type { DueKey, DueSearch } from './due-work.ts';
import type { Tx } from './scope.ts';

export type NewReprocessing = {
  readonly id: string;
  readonly tenantId: string;
  readonly meterId: string;
  readonly customerIds: readonly string[] | undefined;
  readonly from: string;
  readonly to: string;
  readonly billed: 'leave' | 'correct';
  readonly commandId: string;
  readonly sentBy: string | null;
  /** System time. */
  readonly createdAt: string;
};

export async function insertReprocessing(tx: Tx, row: NewReprocessing): Promise<void> {
  await tx`
    insert into usage_reprocessings (id, tenant_id, meter_id, customer_ids, from_time, to_time, billed, status, created_xid,
      command_id, sent_by, created_at, updated_at)
    values (${row.id}, ${row.tenantId}, ${row.meterId}, ${(row.customerIds ?? null) as string[] | null}, ${row.from}, ${row.to},
      ${row.billed}, 'waiting', pg_current_xact_id()::text::bigint, ${row.commandId}, ${row.sentBy}, ${row.createdAt},
      ${row.createdAt})`;
}

export type Reprocessing = {
  readonly id: string;
  readonly meterId: string;
  readonly status: 'waiting' | 'running' | 'done' | 'canceled';
  readonly billed: 'leave' | 'correct';
};

/** Locks one that nobody else works on; undefined if there is none, or somebody does. */
export async function lockReprocessing(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<Reprocessing | undefined> {
  const rows = await tx<Reprocessing[]>`
    select id, meter_id as "meterId", status, billed from usage_reprocessings
    where tenant_id = ${tenantId} and id = ${id} for update skip locked`;
  return rows[0];
}

/** Events counted ahead, for the progress: more take longer than it is worth. */
const COUNTED_MAX = 500_000;

/**
 * Starts it if every event that was taken in before it is counted: whoever took one in with another meter in mind has
 * committed by then, and the drain has stored what it took. Those had begun before the command was committed: they are
 * older than the first look after it, and not always older than the command. False: not yet.
 */
export async function startReprocessing(
  tx: Tx,
  tenantId: string,
  of: { id: string; at: string },
): Promise<boolean> {
  const { id, at } = of;
  await tx`
    update usage_reprocessings set created_xid = pg_current_xact_id()::text::bigint, inbox_upto = -1
    where tenant_id = ${tenantId} and id = ${id} and inbox_upto is null`;
  await tx`
    update usage_reprocessings set inbox_upto = (select coalesce(max(i.id), 0) from usage_inbox i where i.tenant_id = ${tenantId})
    where tenant_id = ${tenantId} and id = ${id} and inbox_upto = -1
      and pg_snapshot_xmin(pg_current_snapshot())::text::bigint > created_xid`;
  const rows = await tx`
    update usage_reprocessings p set status = 'running', started_at = ${at}, updated_at = ${at}, total = (
      select nullif(count(*), ${COUNTED_MAX + 1}) from (
        select 1 from customers c join meters m on m.id = p.meter_id
        join usage_events e on e.customer_id = c.id and e.type = m.event_type and e.event_time >= p.from_time
          and e.event_time < p.to_time and e.retracted_at is null
        where c.tenant_id = ${tenantId} and (p.customer_ids is null or c.id = any(p.customer_ids))
        limit ${COUNTED_MAX + 1}) counted)
    where p.tenant_id = ${tenantId} and p.id = ${id} and p.status = 'waiting' and p.inbox_upto >= 0
      and not exists (select 1 from usage_inbox i
        where i.tenant_id = ${tenantId} and i.id <= p.inbox_upto and i.failed_at is null)
    returning p.id`;
  return rows.length === 1;
}

export type NextEvent = {
  readonly ref: string;
  readonly customerId: string;
  readonly time: string;
  /** In a period of a charge of this meter that has closed. */
  readonly isBilled: boolean;
};

/** Everything up to an event of a customer is read; without one, all of the customer. */
export type ReadPlace = { readonly customerId: string; readonly event: NextEvent | undefined };

/** Customers looked at for one batch: of many with few events each it takes several at once. */
const CUSTOMERS_AT_ONCE = 100;

/** The events that come next, in the order of customer, time and number, and what is read with them; undefined: the end. */
export async function nextEvents(
  tx: Tx,
  tenantId: string,
  of: { readonly id: string; readonly max: number },
): Promise<{ readonly events: readonly NextEvent[]; readonly place: ReadPlace | undefined }> {
  const { id, max } = of;
  const customers = await tx<{ id: string }[]>`
    select c.id from usage_reprocessings p
    join customers c on c.tenant_id = ${tenantId} and c.id >= coalesce(p.last_customer_id, '')
      and (p.customer_ids is null or c.id = any(p.customer_ids))
    where p.tenant_id = ${tenantId} and p.id = ${id} order by c.id limit ${CUSTOMERS_AT_ONCE}`;
  const ids = customers.map((customer) => customer.id);
  const events = await tx<NextEvent[]>`
    select e.id::text as ref, e.customer_id as "customerId", e.event_time as time,
      exists (select 1 from item_versions v
        join charges h on h.item_id = v.item_id and h.origin = v.id and h.live and h.kind = 'usage_based'
        where v.customer_id = e.customer_id and h.meter_id = e.meter_id and h.service_start <= e.event_time
          and e.event_time < h.service_end and h.service_end <= e.closed_through) as "isBilled"
    from (
      select v.*, c.closed_through, p.meter_id
      from usage_reprocessings p
      join meters m on m.id = p.meter_id
      cross join (select id, closed_through from customers where id = any(${ids}::text[]) order by id) c
      cross join lateral (
        select * from usage_events u
        where u.tenant_id = ${tenantId} and u.customer_id = c.id and u.type = m.event_type and u.retracted_at is null
          and u.event_time >= p.from_time and u.event_time < p.to_time
          -- One bound for both, so that the walk of the index begins there.
          and (u.event_time, u.id) > (
            case when c.id > coalesce(p.last_customer_id, '') then p.from_time else p.last_time end,
            case when c.id > coalesce(p.last_customer_id, '') then -1 else p.last_ref end)
        order by u.event_time, u.id limit ${max}) v
      where p.tenant_id = ${tenantId} and p.id = ${id}
      order by c.id, v.event_time, v.id limit ${max}) e
    order by e.customer_id, e.event_time, e.id`;
  return { events, place: placeAfter(ids, events, max) };
}

function placeAfter(
  ids: readonly string[],
  events: readonly NextEvent[],
  max: number,
): ReadPlace | undefined {
  const event = events.at(-1);
  if (event !== undefined && events.length === max) return { customerId: event.customerId, event };
  const customerId = ids.at(-1);
  return customerId === undefined || ids.length < CUSTOMERS_AT_ONCE
    ? undefined
    : { customerId, event: undefined };
}

/** What the events say, held against corrections until the transaction ends; retracted ones are left out. */
export async function lockEvents(
  tx: Tx,
  tenantId: string,
  refs: readonly string[],
): Promise<{ readonly ref: string; readonly properties: string }[]> {
  if (refs.length === 0) return [];
  return await tx<{ ref: string; properties: string }[]>`
    select id::text as ref, properties::text as properties from usage_events
    where tenant_id = ${tenantId} and id = any(${refs as string[]}::text[]::bigint[]) and retracted_at is null
    order by id for update`;
}

export type Progress = {
  readonly done: number;
  readonly changed: number;
  readonly invalid: number;
  readonly skipped: number;
  /** Undefined: it is over. */
  readonly place: ReadPlace | undefined;
  /** System time. */
  readonly at: string;
};

export async function recordProgress(tx: Tx, id: string, progress: Progress): Promise<void> {
  const { done, changed, invalid, skipped, place, at } = progress;
  const isOver = place === undefined;
  await tx`
    update usage_reprocessings set done = done + ${done}, changed = changed + ${changed}, invalid = invalid + ${invalid},
      skipped = skipped + ${skipped}, last_customer_id = coalesce(${place?.customerId ?? null}, last_customer_id),
      -- No event of the range lies behind its end.
      last_time = case when ${isOver} then last_time else coalesce(${place?.event?.time ?? null}::timestamptz, to_time) end,
      last_ref = case when ${isOver} then last_ref else coalesce(${place?.event?.ref ?? null}::bigint, 0) end,
      status = case when ${isOver} then 'done' else status end, finished_at = ${isOver ? at : null}::timestamptz,
      updated_at = ${at}, rung_at = ${at}
    where id = ${id}`;
}

/** Stops one that is under way; what it changed stays. False: it is over, or there is none. */
export async function cancelReprocessing(
  tx: Tx,
  tenantId: string,
  of: { id: string; at: string },
): Promise<boolean> {
  const rows = await tx`
    update usage_reprocessings set status = 'canceled', finished_at = ${of.at}, updated_at = ${of.at}
    where tenant_id = ${tenantId} and id = ${of.id} and status in ('waiting', 'running') returning id`;
  return rows.length === 1;
}

/** Reprocessings under way that were not rung lately. */
export async function markReprocessings(tx: Tx, search: DueSearch): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    with due as (
      select id from usage_reprocessings
      where status in ('waiting', 'running') and (rung_at is null or rung_at < ${search.rungBefore})
        and created_at <= ${search.settledBefore}
      order by rung_at nulls first limit ${search.max} for no key update skip locked
    )
    update usage_reprocessings p set rung_at = ${search.now} from due where p.id = due.id
    returning p.tenant_id as tenant, p.id as key`;
}
