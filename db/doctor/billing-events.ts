// Owns what must hold of billing events: numbered without gaps, and one for each thing that happened.
import type { SqlInvariant } from './invariant.ts';

export const sequences: SqlInvariant = {
  id: 'I10.sequence',
  title: 'the events of a customer are numbered from 1 without gaps, and the customer stands at the last',
  looked: (tx) => tx`select count(*) from customers`,
  broken: (tx) => tx`
    select c.id as subject, format('%s events from %s to %s, the customer stands at %s', e.count, e.first, e.last, c.sequence) as problem
    from customers c cross join lateral (
      select count(distinct sequence), count(*) as rows, min(sequence) as first, max(sequence) as last
      from billing_events where customer_id = c.id) e
    where (e.count, e.rows, coalesce(e.first, 1), coalesce(e.last, 0)) is distinct from (c.sequence, c.sequence, 1::bigint, c.sequence)`,
};

export const transitions: SqlInvariant = {
  id: 'I10.transitions',
  title: 'whatever begins, is issued, settled or ends has exactly one event that says so',
  looked: (tx) => tx`select count(*) from billing_events`,
  broken: (tx) => tx`
    with happened as (
      select id, 'billing.customer.created' as type from customers
      union all select id, 'billing.meter.created' from meters
      union all select id, 'billing.price_unit.created' from price_units
      union all select id, 'billing.plan.created' from plans
      union all select id, 'billing.subscription.created' from subscriptions
      union all select id, 'billing.subscription.canceled' from subscriptions where status = 'canceled'
      union all select id, 'billing.invoice.created' from invoices where status <> 'draft'
      union all select id, 'billing.invoice.paid' from invoices where status = 'paid'
      union all select id, 'billing.payment.succeeded' from payment_attempts where status = 'succeeded'
      union all select id, 'billing.payment.failed' from payment_attempts where status = 'failed'
    ), told as (
      select object_id as id, type, count(*) from billing_events
      where type in (select distinct type from happened) or type ~ '[.](created|canceled|paid|succeeded|failed)$'
      group by 1, 2)
    select coalesce(h.id, t.id) as subject, case when h.id is null then t.type || ' was told and did not happen'
      else h.type || ' was told ' || coalesce(t.count, 0) || ' times' end as problem
    from happened h full join told t on t.id = h.id and t.type = h.type
    where h.id is null or coalesce(t.count, 0) <> 1`,
};

/** Releases also end the parking of single charges, so only the last of the two kinds says something. */
export const parked: SqlInvariant = {
  id: 'I10.parked',
  title: 'a customer stands still exactly when its events say so',
  looked: (tx) => tx`select count(*) from customers`,
  broken: (tx) => tx`
    select c.id as subject, format('parked at %s, last told %s', c.parked_at, coalesce(e.type, 'nothing')) as problem
    from customers c left join lateral (
      select type from billing_events where customer_id = c.id and type in ('billing.customer.parked', 'billing.customer.released')
      order by sequence desc limit 1) e on true
    where (c.parked_at is not null) <> (coalesce(e.type, '') = 'billing.customer.parked')`,
};

export const lastTold: SqlInvariant = {
  id: 'I10.status',
  title: 'what was last told of an invoice or a subscription is its status',
  looked: (tx) => tx`select count(*) from subscriptions`,
  broken: (tx) => tx`
    select o.id as subject, format('is %s, was told as %s', o.status, coalesce(e.status, 'nothing')) as problem
    from (select id, status from subscriptions union all select id, status from invoices where status <> 'draft') o
    left join lateral (
      select data ->> 'status' as status from billing_events
      where object_id = o.id and object_type in ('subscription', 'invoice') order by sequence desc limit 1) e on true
    where o.status is distinct from e.status`,
};
