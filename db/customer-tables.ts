// Owns the one statement that reads a turn's rows: a JSON array a table, because eleven statements cost a turn twice the work.
// $1 are the customers, $2 is system time, $3 the tenant. Numbers that JavaScript could round leave as text; the later of two equal
// keys wins. A plan made while a table is empty, or before Postgres 17, would walk all ids for an order's or a join's sake: an order
// that no index has, `limit 1` and one customer at a time keep it to their rows.
import type { RawRow } from './customer-rows.ts';
import type { Sql } from './scope.ts';

export type LoadedTable =
  | 'terms'
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

/** One turn answers at most this many commands of a customer; the rest wait for the next ring. */
export const COMMANDS_MAX = 100;

/** What holds for all customers of the tenant: one row. */
const TERMS_ROWS = `
    select t.id as tenant_id, t.sandbox, t.collection_interval_seconds, t.invoice_due_days, t.late_usage_days, t.late_usage_policy,
      t.dunning_days, e.id as legal_entity_id, e.zone as entity_zone, e.number_prefix
    from tenants t join legal_entities e on e.tenant_id = t.id and e.is_default where t.id = $3::text`;

/** What lies just outside the loaded rows: the next late check, and boundaries that already have their cycle invoice. */
const HORIZON_ROWS = `
    select c.id as customer_id, k.now_at as clock_now, w.next_late_check,
      (select coalesce(json_agg(json_build_array(i.group_key, i.boundary_at)), '[]') from invoices i
        where i.customer_id = c.id and i.kind = 'cycle' and i.status not in ('draft', 'void') and i.status <> 'void'
          and i.boundary_at >= least(coalesce(k.now_at, $2::timestamptz), c.due_at, w.billed_at)) as issued
    from customers c left join lateral (select now_at from test_clocks where id = c.clock_id limit 1) k on true
    cross join lateral (
      select min(h.late_check_at) filter (where h.late_check_at > coalesce(k.now_at, $2::timestamptz)) as next_late_check,
        min(h.billed_at) filter (where h.advance_at is not null) as billed_at
      from charges h where h.customer_id = c.id and h.working) w
    where c.id = any($1::text[])`;

/** Its release is the only command that a parked customer answers: no queue is too long for it to be read. */
const COMMAND_ROWS = `
    select c.id, c.customer_id, c.type, c.payload, c.trace from unnest($1::text[]) wanted (customer_id) cross join lateral (
      select id, customer_id, type, payload, trace, position from commands
      where tenant_id = $3::text and customer_id = wanted.customer_id and status = 'queued'
      order by type <> 'customer.release', position limit ${COMMANDS_MAX}) c
    order by c.position`;

const SUBSCRIPTION_ROWS = `
    select id, customer_id, plan_version_id, status, currency, zone, interval, interval_count, anchor_at, period_index, period_start,
      period_end, cancel_at, ended_at, follows_plan, next_plan_version_id, created_at
    from subscriptions where customer_id = any($1::text[]) and ended_at is null order by id collate "C"`;

const ITEM_ROWS = `
    select v.id, v.customer_id, v.item_id, i.subscription_id, v.price_id, v.meter_id, v.quantity::text as quantity, v.usage_scope,
      v.usage_group, v.effective_from, v.effective_to
    from item_versions v cross join lateral (select subscription_id, position from items where id = v.item_id limit 1) i
    where v.customer_id = any($1::text[]) and v.effective_to is null order by i.subscription_id, i.position`;

/** Charges that are not final, and closed ones whose usage changed or whose time for lateness is over. */
const CHARGE_ROWS = `
    select h.id, h.customer_id, h.kind, h.status, h.subscription_id, h.item_id, h.origin, h.settlement_mode, h.revision, h.currency,
      h.price_id, h.meter_id, h.scope_id, h.quantity::text as quantity, h.rating, h.service_start, h.service_end, h.billed_at,
      h.cutoff_at, h.advance_at, h.late_check_at, h.sealed_at, h.booked_amount::text as booked_amount,
      h.booked_quantity::text as booked_quantity, h.run_count, h.parked_at, h.parked_reason, h.created_at
    from charges h
    where h.customer_id = any($1::text[]) and h.working and (h.advance_at is not null
      or h.late_check_at <= coalesce((select k.now_at from test_clocks k
        where k.id = (select c.clock_id from customers c where c.tenant_id = $3::text and c.id = h.customer_id)), $2::timestamptz)
      or exists (select 1 from stale_usage s
        where s.tenant_id = h.tenant_id and s.customer_id = h.customer_id and s.meter_id = h.meter_id
          and s.bucket < h.service_end
          and s.bucket + interval '1 hour' > coalesce((h.rating->>'since')::timestamptz, h.service_start)))
    order by h.id collate "C"`;

const RUN_ROWS = `
    select r.*, r.quantity::text as quantity, r.event_count::text as event_count, r.list_amount::text as list_amount,
      r.booked_amount::text as booked_amount
    from realization_runs r where r.customer_id = any($1::text[]) and r.status = 'open'`;

const INVOICE_ROWS = `
    select i.*, i.subtotal::text as subtotal, i.tax::text as tax, i.total::text as total,
      i.amount_paid::text as amount_paid
    from invoices i where i.customer_id = any($1::text[]) and i.status in ('draft', 'open') order by i.id collate "C"`;

const LINE_ROWS = `
    select l.*, l.quantity::text as quantity, l.unit_amount::text as unit_amount, l.amount::text as amount
    from invoice_lines l
    where l.invoice_id = any(array(select i.id from invoices i
      where i.customer_id = any($1::text[]) and i.status in ('draft', 'open')))
    order by l.invoice_id, l.position`;

const ATTEMPT_ROWS = `
    select a.*, a.amount::text as amount from payment_attempts a
    where a.customer_id = any($1::text[]) and a.status in ('intended', 'unknown')`;

const METHOD_ROWS = `select * from payment_methods where customer_id = any($1::text[])`;

/**
 * In the snapshot of the charges, or a mark would be here without the charge that it is about. The lock waits, in key order,
 * for a drain that counts on the mark: the quantities are read afterwards and hold the drain's facts.
 */
const STALE_ROWS = `
    select s.* from (select customer_id from unnest($1::text[]) asked (customer_id) order by customer_id) wanted cross join lateral (
      select customer_id, meter_id, bucket from stale_usage
      where tenant_id = $3::text and customer_id = wanted.customer_id order by meter_id, bucket for update) s`;

const PARTS: { readonly [table in LoadedTable]: string } = {
  terms: TERMS_ROWS,
  horizon: HORIZON_ROWS,
  commands: COMMAND_ROWS,
  subscriptions: SUBSCRIPTION_ROWS,
  items: ITEM_ROWS,
  charges: CHARGE_ROWS,
  runs: RUN_ROWS,
  invoices: INVOICE_ROWS,
  lines: LINE_ROWS,
  attempts: ATTEMPT_ROWS,
  methods: METHOD_ROWS,
  stale: STALE_ROWS,
};

const STATEMENT = `select ${Object.entries(PARTS)
  .map(([table, part]) => `(select coalesce(json_agg(x), '[]') from (${part}) x) as ${table}`)
  .join(', ')}`;

/** Reads all rows that decisions about these customers can touch. Their lock is held, so nobody else changes them. */
export async function loadTables(sql: Sql, { tenantId, ids, wall }: Wanted): Promise<LoadedTables> {
  const [tables] = await sql.unsafe<[LoadedTables]>(STATEMENT, [ids, wall, tenantId], { prepare: true });
  return tables;
}
