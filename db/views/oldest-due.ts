// Owns how long each kind of due work has waited, over all tenants: what an operator looks at first.
// Reads ages and counts only, never a tenant's content; that is why it may use the system scope.
import { inSystem, type Sql, type Tx } from '#db/scope.ts';

/** Seconds the oldest thing has been due; null when nothing is. */
export type OldestDueView = {
  readonly command: number | null;
  readonly usage: number | null;
  readonly customer: number | null;
  readonly payment: number | null;
  readonly outbox: number | null;
  readonly delivery: number | null;
  readonly mail: number | null;
};

/** Ages at system time `now` (RFC 3339). Each is answered by a partial index. */
export async function oldestDue(sql: Sql, now: string): Promise<OldestDueView> {
  const rows = await inSystem(
    sql,
    (tx) => tx<OldestDueView[]>`
      with oldest as (
        select
          (select min(created_at) from commands where decided_at is null) as command,
          (select min(received_at) from usage_inbox) as usage,
          (select min(due_at) from customers where clock_id is null and parked_at is null) as customer,
          (select min(next_call_at) from payment_attempts where settled_at is null) as payment,
          (select min(created_at) from outbox) as outbox,
          (select min(next_attempt_at) from webhook_deliveries where finished_at is null) as delivery,
          (select min(next_attempt_at) from emails where status = 'pending') as mail)
      select ${age(tx, 'command', now)}, ${age(tx, 'usage', now)}, ${age(tx, 'customer', now)}, ${age(tx, 'payment', now)},
        ${age(tx, 'outbox', now)}, ${age(tx, 'delivery', now)}, ${age(tx, 'mail', now)}
      from oldest`,
  );
  const [ages] = rows;
  if (ages === undefined) throw new Error('a select of scalars answered no row');
  return ages;
}

/** What is due in the future is not due. */
const age = (tx: Tx, kind: string, now: string) => tx`
  case when ${tx(kind)} <= ${now}::timestamptz
    then extract(epoch from ${now}::timestamptz - ${tx(kind)})::float8 end as ${tx(kind)}`;
