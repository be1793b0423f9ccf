// Owns the question whether anything is forgotten: each customer wakes in time for its next work, and at rest nothing that
// is due waits.
import type { SqlInvariant } from './invariant.ts';

/** What a customer's actor has to do next must not lie before the time at which somebody rings it. */
export const wakes: SqlInvariant = {
  id: 'I15.wakes',
  title: 'every customer is woken no later than the first of its things is due',
  looked: (tx) => tx`select count(*) from customers where parked_at is null`,
  broken: (tx) => tx`
    with pending as (
      select customer_id, 'subscription ' || id as what, case when status = 'scheduled' then anchor_at
        else least(period_end, cancel_at) end as at from subscriptions where ended_at is null
      union all
      select customer_id, 'charge ' || id, coalesce(late_check_at, advance_at) from charges
      where parked_at is null and status not in ('issuing', 'active.final_realization.issuing')
      union all
      select customer_id, 'draft ' || id, finalize_at from invoices where status = 'draft'
      union all
      select i.customer_id, 'collection of ' || i.id, i.next_attempt_at from invoices i join customers c on c.id = i.customer_id
      where i.status = 'open' and c.auto_collect)
    select c.id as subject, format('%s at %s, woken at %s', p.what, p.at, coalesce(c.due_at::text, 'no time')) as problem
    from customers c join lateral (select what, at from pending where customer_id = c.id and at is not null order by at limit 1) p on true
    where c.parked_at is null and (c.due_at is null or c.due_at > p.at)`,
};

/** In system time for customers in real time, in its own time for those on a test clock. */
export const customersAtRest: SqlInvariant = {
  id: 'I15.customers',
  title: 'no customer that is not parked has anything due, no command waits, no late usage is unaccounted',
  holds: 'rest',
  looked: (tx) => tx`select count(*) from customers`,
  broken: (tx, { lateBefore }) => tx`
    select c.id as subject, 'due since ' || c.due_at as problem
    from customers c left join test_clocks k on k.id = c.clock_id
    where c.parked_at is null and c.due_at <= coalesce(k.now_at, ${lateBefore}::timestamptz)
    union all
    select m.id, m.type || ' is not decided since ' || m.created_at from commands m left join customers c on c.id = m.customer_id
    where m.decided_at is null and m.created_at <= ${lateBefore}::timestamptz
      and (c.parked_at is null or m.type = 'customer.release')
    union all
    select k.id, 'is on its way to ' || k.target_at from test_clocks k where k.status = 'advancing'
    union all
    select s.customer_id, format('usage of %s at %s is not accounted for', s.meter_id, s.bucket)
    from stale_usage s join customers c on c.id = s.customer_id left join test_clocks k on k.id = c.clock_id
    where c.parked_at is null and s.marked_at <= ${lateBefore}::timestamptz
      -- A charge that is closing looks at its marks when it has closed.
      and not exists (select 1 from charges h where h.customer_id = s.customer_id and h.meter_id = s.meter_id
        and h.advance_at is not null and h.service_end <= coalesce(k.now_at, ${lateBefore}::timestamptz)
        and h.service_start < s.bucket + interval '1 hour' and h.service_end > s.bucket)`,
};

export const jobsAtRest: SqlInvariant = {
  id: 'I15.jobs',
  title: 'nothing that is due waits to be counted, collected, told, mailed or delivered',
  holds: 'rest',
  looked: (tx) => tx`select count(*) from billing_events`,
  broken: (tx, { now, lateBefore }) => tx`
    select 'inbox ' || id as subject, 'not counted since ' || received_at as problem from usage_inbox
    where failed_at is null and received_at <= ${lateBefore}::timestamptz
    union all
    select id, status || ', to be called since ' || next_call_at from payment_attempts
    where settled_at is null and next_call_at <= ${lateBefore}::timestamptz
    union all
    select event_id, 'in the outbox since ' || created_at from outbox where created_at <= ${lateBefore}::timestamptz
    union all
    select id, 'a mail due since ' || next_attempt_at from emails
    where status = 'pending' and next_attempt_at <= ${lateBefore}::timestamptz
    union all
    select d.id, 'to be delivered since ' || d.next_attempt_at from webhook_deliveries d
      join webhook_endpoints w on w.id = d.endpoint_id
    where d.finished_at is null and d.next_attempt_at <= ${lateBefore}::timestamptz and w.status <> 'disabled'
      and (w.resume_at is null or w.resume_at <= ${now}::timestamptz)`,
};
