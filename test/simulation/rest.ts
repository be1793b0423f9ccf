// Owns the question whether everything due is done, and when the next thing would be. Reads rows only.
import type { Engine } from './engine.ts';

export type Rest = {
  /** Kinds of work that is due and not done. */
  readonly due: readonly string[];
  /** Milliseconds at which something that is under way comes next. */
  readonly nextMs: number | undefined;
};

/** `nowMs` is system time. Parked customers and disabled endpoints wait for somebody; oracles look at them. */
export function restAt(engine: Engine, nowMs: number): Rest {
  const now = `to_timestamp(${nowMs / 1000})`;
  const kinds: Record<string, string> = {
    inbox: `select 1 from usage_inbox where failed_at is null`,
    outbox: `select 1 from outbox`,
    commands: `select 1 from commands where status = 'queued'`,
    customers: `select 1 from customers c left join test_clocks k on k.id = c.clock_id
      where parked_at is null and due_at <= coalesce(k.now_at, ${now})`,
    clocks: `select 1 from test_clocks where status = 'advancing'`,
    late: `select 1 from stale_usage s join customers c on c.id = s.customer_id left join test_clocks k on k.id = c.clock_id
      where parked_at is null and bucket < c.closed_through
        and not exists (select 1 from charges h where h.customer_id = c.id and h.advance_at is not null
          and h.service_end <= coalesce(k.now_at, ${now}) and h.service_end > bucket)`,
    reprocessings: `select 1 from usage_reprocessings where status in ('waiting', 'running')`,
    payments: `select 1 from payment_attempts where status in ('intended', 'unknown')`,
    mails: `select 1 from emails where status = 'pending' and next_attempt_at <= ${now}`,
    deliveries: `select 1 from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
      where d.status = 'pending' and d.next_attempt_at <= ${now} and e.status = 'enabled'
        and coalesce(e.resume_at, ${now}) <= ${now}`,
  };
  const sums = Object.entries(kinds).map(
    ([kind, query]) => `select '${kind}' as kind where exists (${query})`,
  );
  const due = engine.ask(sums.join(' union all ')).map(({ kind }) => kind ?? '');
  const [next] = engine.ask(`select extract(epoch from min(at)) * 1000 as ms from (
    select next_call_at as at from payment_attempts where status in ('intended', 'unknown')
    union all select next_attempt_at from emails where status = 'pending'
    union all select lease_until from emails where status = 'pending'
    union all select lease_until from payment_attempts where status in ('intended', 'unknown')) t where at > ${now}`);
  const ms = next?.['ms'];
  return { due, nextMs: ms == null ? undefined : Number(ms) };
}
