// Owns the test_clocks table, and what still holds a clock at its instant (ruling R11).
import type { Tx } from './scope.ts';

export type TestClockRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly status: 'stable' | 'advancing';
  /** In the clock's own time. */
  readonly now: string;
  readonly target: string;
  readonly commandId: string | null;
  /** Instants it stood at since it was sent on its way. */
  readonly instantCount: number;
  /** System time. */
  readonly createdAt: string;
};

const columns = (tx: Tx) => tx`
  id, tenant_id as "tenantId", name, status, now_at as now, target_at as target, command_id as "commandId",
  instant_count as "instantCount",
  created_at as "createdAt"`;

export async function insertTestClock(
  tx: Tx,
  clock: {
    readonly id: string;
    readonly tenantId: string;
    readonly name: string;
    readonly now: string;
    readonly createdAt: string;
  },
): Promise<void> {
  await tx`
    insert into test_clocks (id, tenant_id, name, now_at, target_at, status, created_at)
    values (${clock.id}, ${clock.tenantId}, ${clock.name}, ${clock.now}, ${clock.now}, 'stable', ${clock.createdAt})`;
}

/** The clock, locked until the transaction ends; foreign-key checks of its customers do not wait. */
export async function lockTestClock(tx: Tx, tenantId: string, id: string): Promise<TestClockRow | undefined> {
  const rows = await tx<TestClockRow[]>`
    select ${columns(tx)} from test_clocks where tenant_id = ${tenantId} and id = ${id} for no key update`;
  return rows[0];
}

/** Sends a clock on its way; its coming to rest answers `commandId`. */
export async function aimTestClock(
  tx: Tx,
  id: string,
  aim: { readonly target: string; readonly commandId: string },
): Promise<void> {
  await tx`
    update test_clocks set status = 'advancing', target_at = ${aim.target}, command_id = ${aim.commandId},
      instant_count = 0 where id = ${id}`;
}

export async function moveTestClock(tx: Tx, id: string, now: string): Promise<void> {
  await tx`update test_clocks set now_at = ${now}, instant_count = instant_count + 1 where id = ${id}`;
}

export async function restTestClock(tx: Tx, id: string): Promise<void> {
  await tx`update test_clocks set status = 'stable', command_id = null, rung_at = null where id = ${id}`;
}

/** One thing that must happen before the clock may move: what it is, and whose. */
export type Holdup =
  | { readonly kind: 'due' | 'command' | 'late_usage'; readonly customerId: string }
  | { readonly kind: 'payment'; readonly invoiceId: string }
  | { readonly kind: 'usage_inbox' };

/**
 * Up to `max` things that are due or unresolved at `now` for the clock's customers. Parked ones are left out: nothing but
 * a release moves them. The inbox of the whole tenant counts, because its rows do not say whose they are; rows set aside
 * do not (they stop nobody's billing). Late usage of a closed charge that is not rated yet, or parked, waits for that charge.
 */
export async function holdups(
  tx: Tx,
  clock: { readonly id: string; readonly tenantId: string; readonly now: string },
  max: number,
): Promise<Holdup[]> {
  return await tx<Holdup[]>`
    with living as (
      select id, due_at from customers where tenant_id = ${clock.tenantId} and clock_id = ${clock.id} and parked_at is null)
    select 'usage_inbox' as kind, null as "customerId", null as "invoiceId"
      where exists (select 1 from usage_inbox where tenant_id = ${clock.tenantId} and failed_at is null)
    union all
    select 'due', id, null from living where due_at <= ${clock.now}
    union all
    select distinct 'command', m.customer_id, null from commands m join living on living.id = m.customer_id
      where m.tenant_id = ${clock.tenantId} and m.status = 'queued'
    union all
    select distinct 'late_usage', s.customer_id, null from stale_usage s join living on living.id = s.customer_id
      where s.tenant_id = ${clock.tenantId} and not exists (
        select 1 from charges h where h.customer_id = s.customer_id and h.meter_id = s.meter_id
          and h.service_start < s.bucket + interval '1 hour' and h.service_end > s.bucket
          and (h.parked_at is not null or (h.advance_at is not null and h.service_end <= ${clock.now})))
    union all
    select 'payment', null, a.invoice_id from payment_attempts a join living on living.id = a.customer_id
      where a.status in ('intended', 'unknown')
    limit ${max}`;
}

/** The earliest time after `now` at which a customer of the clock has something to do. */
export async function nextDueAt(
  tx: Tx,
  clock: { readonly id: string; readonly tenantId: string; readonly now: string },
): Promise<string | null> {
  const rows = await tx<{ next: string | null }[]>`
    select min(due_at) as next from customers
    where tenant_id = ${clock.tenantId} and clock_id = ${clock.id} and parked_at is null and due_at > ${clock.now}`;
  return rows[0]?.next ?? null;
}

/** Customers on the clock that stand still, or have charges that do. */
export async function parkedOnClock(tx: Tx, tenantId: string, id: string): Promise<string[]> {
  const rows = await tx<{ id: string }[]>`
    select id from customers c where tenant_id = ${tenantId} and clock_id = ${id}
      and (parked_at is not null
        or exists (select 1 from charges h where h.customer_id = c.id and h.parked_at is not null)) order by id`;
  return rows.map((row) => row.id);
}
