// Owns the one statement that reads a turn's rows: a JSON array a table, because eleven statements cost a turn twice the work.
// Numbers that JavaScript could round leave as text; the later of two equal keys wins.
import type { RawRow } from './customer-rows.ts';
import type { Sql } from './scope.ts';

export type LoadedTable =
  | 'horizon'
  | 'commands'
  | 'subscriptions'
  | 'items'
  | 'charges'
  | 'runs'
  | 'invoices'
  | 'lines'
  | 'attempts'
  | 'methods'
  | 'stale';

export type LoadedTables = { readonly [table in LoadedTable]: readonly RawRow[] };

type Wanted = { tenantId: string; ids: string[]; wall: string };
type Part = ReturnType<typeof subscriptionRows>;

/** One turn answers at most this many commands of a customer; the rest wait for the next ring. */
export const COMMANDS_MAX = 100;

/** Reads all rows that decisions about these customers can touch. Their lock is held, so nobody else changes them. */
export async function loadTables(sql: Sql, wanted: Wanted): Promise<LoadedTables> {
  const rows = (part: Part) => sql`(select coalesce(json_agg(x), '[]') from (${part}) x)`;
  const [tables] = await sql<[LoadedTables]>`
    select ${rows(horizonRows(sql, wanted))} as horizon, ${rows(commandRows(sql, wanted))} as commands,
      ${rows(subscriptionRows(sql, wanted))} as subscriptions, ${rows(itemRows(sql, wanted))} as items,
      ${rows(chargeRows(sql, wanted))} as charges, ${rows(runRows(sql, wanted))} as runs,
      ${rows(invoiceRows(sql, wanted))} as invoices, ${rows(lineRows(sql, wanted))} as lines,
      ${rows(attemptRows(sql, wanted))} as attempts, ${rows(methodRows(sql, wanted))} as methods,
      ${rows(staleRows(sql, wanted))} as stale`;
  return tables;
}

/** What lies just outside the loaded rows: the next late check, and boundaries that already have their cycle invoice. */
function horizonRows(sql: Sql, { ids, wall }: Wanted) {
  return sql`
    select c.id as customer_id,
      (select min(late_check_at) from charges h where h.customer_id = c.id
        and late_check_at > coalesce(k.now_at, ${wall}::timestamptz)) as next_late_check,
      (select coalesce(json_agg(json_build_array(i.group_key, i.boundary_at)), '[]') from invoices i
        where i.customer_id = c.id and i.kind = 'cycle' and i.status not in ('draft', 'void') and i.status <> 'void'
          and i.boundary_at >= least(coalesce(k.now_at, ${wall}::timestamptz), c.due_at, (select min(billed_at) from charges h
            where h.customer_id = c.id and h.status not in ('final', 'deleted', 'superseded')))) as issued
    from customers c left join test_clocks k on k.id = c.clock_id
    where c.id = any(${ids}::text[])`;
}

function commandRows(sql: Sql, { tenantId, ids }: Wanted) {
  return sql`
    select id, customer_id, type, payload, trace from (
      select c.*, row_number() over (partition by customer_id order by position) as place from commands c
      where tenant_id = ${tenantId} and customer_id = any(${ids}::text[]) and status = 'queued') c
    where place <= ${COMMANDS_MAX} order by position`;
}

function subscriptionRows(sql: Sql, { ids }: Wanted) {
  return sql`select * from subscriptions where customer_id = any(${ids}::text[]) and ended_at is null order by id`;
}

function itemRows(sql: Sql, { ids }: Wanted) {
  return sql`
    select v.*, v.quantity::text as quantity, i.subscription_id
    from item_versions v join items i on i.id = v.item_id
    where v.customer_id = any(${ids}::text[]) and v.effective_to is null order by i.subscription_id, i.position`;
}

/** Charges that are not final, and closed ones whose usage changed or whose time for lateness is over. */
function chargeRows(sql: Sql, { ids, wall }: Wanted) {
  return sql`
    select h.*, h.quantity::text as quantity, h.booked_amount::text as booked_amount,
      h.booked_quantity::text as booked_quantity
    from (
      select o.* from charges o
      where o.customer_id = any(${ids}::text[]) and o.status not in ('final', 'deleted', 'superseded')
      union all
      select u.* from charges u
      join customers c on c.id = u.customer_id
      left join test_clocks k on k.id = c.clock_id
      where u.customer_id = any(${ids}::text[]) and u.late_check_at is not null and (
        u.late_check_at <= coalesce(k.now_at, ${wall}::timestamptz)
        or exists (select 1 from stale_usage s
          where s.tenant_id = u.tenant_id and s.customer_id = u.customer_id and s.meter_id = u.meter_id
            and s.bucket < u.service_end
            and s.bucket + interval '1 hour' > coalesce((u.rating->>'since')::timestamptz, u.service_start)))) h
    order by h.id`;
}

function runRows(sql: Sql, { ids }: Wanted) {
  return sql`
    select r.*, r.quantity::text as quantity, r.event_count::text as event_count, r.list_amount::text as list_amount,
      r.booked_amount::text as booked_amount
    from realization_runs r where r.customer_id = any(${ids}::text[]) and r.status = 'open'`;
}

function invoiceRows(sql: Sql, { ids }: Wanted) {
  return sql`
    select i.*, i.subtotal::text as subtotal, i.tax::text as tax, i.total::text as total,
      i.amount_paid::text as amount_paid
    from invoices i where i.customer_id = any(${ids}::text[]) and i.status in ('draft', 'open') order by i.id`;
}

function lineRows(sql: Sql, { ids }: Wanted) {
  return sql`
    select l.*, l.quantity::text as quantity, l.unit_amount::text as unit_amount, l.amount::text as amount
    from invoice_lines l
    where l.invoice_id = any(array(select i.id from invoices i
      where i.customer_id = any(${ids}::text[]) and i.status in ('draft', 'open')))
    order by l.invoice_id, l.position`;
}

function attemptRows(sql: Sql, { ids }: Wanted) {
  return sql`
    select a.*, a.amount::text as amount from payment_attempts a
    where a.customer_id = any(${ids}::text[]) and a.status in ('intended', 'unknown')`;
}

function methodRows(sql: Sql, { ids }: Wanted) {
  return sql`select * from payment_methods where customer_id = any(${ids}::text[])`;
}

/**
 * In the snapshot of the charges, or a mark would be here without the charge that it is about. The lock waits, in key order,
 * for a drain that counts on the mark: the quantities are read afterwards and hold the drain's facts.
 */
function staleRows(sql: Sql, { tenantId, ids }: Wanted) {
  return sql`
    select customer_id, meter_id, bucket from stale_usage
    where tenant_id = ${tenantId} and customer_id = any(${ids}::text[])
    order by tenant_id, customer_id, meter_id, bucket for update`;
}
