// Owns the question "what is due?" over all tenants, one statement a kind of work, for the sweep (protocols H2).
// Runs in the system scope. Finds and marks; refuses to do the work.
import type { Tx } from './scope.ts';

export type DueSearch = {
  /** System time. */
  readonly now: string;
  /** Younger work was rung by whoever made it. */
  readonly settledBefore: string;
  /** Work rung since then is left alone, unless it became due after its ring. */
  readonly rungBefore: string;
  readonly max: number;
};

export type DueKey = { readonly tenant: string; readonly key: string };

/** Rings the sweep remembers, for work whose rows have no place for a mark. Parallel arrays. */
export type RecentRings = { readonly keys: readonly string[]; readonly rungAt: readonly string[] };

/** Customers in real time with something to do; `invoicing` when a draft's grace has passed. Locked ones are skipped. */
export async function markDueCustomers(
  tx: Tx,
  search: DueSearch,
): Promise<(DueKey & { invoicing: boolean })[]> {
  return await tx<(DueKey & { invoicing: boolean })[]>`
    with due as (
      select id from customers
      where clock_id is null and parked_at is null and due_at <= ${search.now}
        and (rung_at is null or rung_at < ${search.rungBefore} or rung_at < due_at)
      order by due_at limit ${search.max} for no key update skip locked
    )
    update customers c set rung_at = ${search.now} from due where c.id = due.id
    returning c.tenant_id as tenant, c.id as key, exists (
      select 1 from invoices i
      where i.customer_id = c.id and i.status = 'draft' and i.finalize_at <= ${search.now}) as invoicing`;
}

/**
 * Actors with undecided commands; key `tenant` for the tenant's own. A parked customer hears only of its release; a
 * command that waits for its test clock is the clock's work.
 */
export async function markQueuedCommands(tx: Tx, search: DueSearch): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    with due as (
      select m.id from commands m left join customers c on c.id = m.customer_id
      where m.decided_at is null and m.created_at <= ${search.settledBefore}
        and (m.rung_at is null or m.rung_at < ${search.rungBefore})
        and (c.parked_at is null or m.type = 'customer.release')
        and not exists (select 1 from test_clocks k where k.tenant_id = m.tenant_id and k.command_id = m.id)
      order by m.created_at limit ${search.max} for no key update of m skip locked
    )
    update commands m set rung_at = ${search.now} from due where m.id = due.id
    returning m.tenant_id as tenant, coalesce(m.customer_id, 'tenant') as key`;
}

/** Customers whose closed periods received events. */
export async function markStaleUsage(tx: Tx, search: DueSearch): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    with due as (
      select tenant_id, customer_id, meter_id, bucket from stale_usage s
      where marked_at <= ${search.settledBefore} and (rung_at is null or rung_at < ${search.rungBefore})
        and exists (select 1 from customers c where c.id = s.customer_id and c.parked_at is null)
      order by marked_at limit ${search.max} for no key update skip locked
    )
    update stale_usage s set rung_at = ${search.now} from due
    where (s.tenant_id, s.customer_id, s.meter_id, s.bucket)
      = (due.tenant_id, due.customer_id, due.meter_id, due.bucket)
    returning s.tenant_id as tenant, s.customer_id as key`;
}

/** Test clocks on their way. */
export async function markAdvancingClocks(tx: Tx, search: DueSearch): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    with due as (
      select id from test_clocks
      where status = 'advancing' and (rung_at is null or rung_at < ${search.rungBefore})
      order by rung_at nulls first limit ${search.max} for no key update skip locked
    )
    update test_clocks k set rung_at = ${search.now} from due where k.id = due.id
    returning k.tenant_id as tenant, k.id as key`;
}

/** Invoices with an attempt that is to be called now and that nobody holds, also when a claim ended after the last ring. */
export async function findDuePayments(tx: Tx, search: DueSearch, recent: RecentRings): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    select tenant_id as tenant, invoice_id as key from payment_attempts a
    where settled_at is null and next_call_at <= ${search.now}
      and (lease_until is null or lease_until <= ${search.now})
      and (call_count > 0 or created_at <= ${search.settledBefore})
      and not exists (
        select 1 from unnest(${[...recent.keys]}::text[], ${[...recent.rungAt]}::timestamptz[]) as r (key, rung_at)
        where r.key = a.invoice_id and r.rung_at >= greatest(a.next_call_at, a.lease_until))
    order by next_call_at limit ${search.max}`;
}

/**
 * Endpoints that may be called and have a delivery to be sent now. Walks the endpoints that have any pending delivery,
 * one index probe each, so that the length of a backlog does not matter.
 */
export async function findDueEndpoints(tx: Tx, search: DueSearch, recent: RecentRings): Promise<DueKey[]> {
  return await tx<DueKey[]>`
    with recursive pending as (
      (select endpoint_id from webhook_deliveries where status = 'pending' order by endpoint_id limit 1)
      union all
      select (select d.endpoint_id from webhook_deliveries d
              where d.status = 'pending' and d.endpoint_id > p.endpoint_id order by d.endpoint_id limit 1)
      from pending p where p.endpoint_id is not null
    )
    select e.tenant_id as tenant, e.id as key
    from pending p join webhook_endpoints e on e.id = p.endpoint_id
    left join unnest(${[...recent.keys]}::text[], ${[...recent.rungAt]}::timestamptz[]) as r (key, rung_at) on r.key = e.id
    where e.status = 'enabled' and (e.resume_at is null or e.resume_at <= ${search.now}) and exists (
      select 1 from webhook_deliveries d
      where d.endpoint_id = e.id and d.status = 'pending' and d.next_attempt_at <= ${search.now}
        and greatest(d.next_attempt_at, d.lease_until) > coalesce(r.rung_at, '-infinity')
        and (d.lease_until is null or d.lease_until <= ${search.now})
        and (d.attempt_count > 0 or d.created_at <= ${search.settledBefore}))
    limit ${search.max}`;
}

/** Work that has one key for all: which of it there is. */
export async function findCommonWork(
  tx: Tx,
  search: DueSearch,
): Promise<{ usage: boolean; outbox: boolean; mail: boolean }> {
  const rows = await tx<{ usage: boolean; outbox: boolean; mail: boolean }[]>`
    select
      exists (select 1 from usage_inbox
        where failed_at is null and received_at <= ${search.settledBefore} order by id limit 1) as usage,
      exists (select 1 from outbox where created_at <= ${search.settledBefore}) as outbox,
      exists (select 1 from emails where status = 'pending' and next_attempt_at <= ${search.now}
        and (lease_until is null or lease_until <= ${search.now})) as mail`;
  return rows[0] ?? { usage: false, outbox: false, mail: false };
}

/** How many customers stand still after a bug, or have charges that do. */
export async function countParked(tx: Tx): Promise<number> {
  const rows = await tx<{ parked: number }[]>`
    select count(*)::int as parked from (
      select id from customers where parked_at is not null
      union select customer_id from charges where parked_at is not null) c`;
  return rows[0]?.parked ?? 0;
}

/** Spells `SWEP`. */
const SWEEP_LOCK = 0x53574550;

/** False when another process sweeps just now. The lock ends with the transaction. */
export async function takeSweepLock(tx: Tx): Promise<boolean> {
  const rows = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as taken`;
  return rows[0]?.taken ?? false;
}
