// Owns what must hold of telling the outside: every event is handed on to whoever listens, in one form, and each delivery
// has an end or a next try.
import type { SqlInvariant } from './invariant.ts';

/**
 * Whoever listened when the event happened must have a delivery. Clocks of two processes may differ by `skewMs`; an
 * endpoint whose filter was changed since may not have listened then.
 */
export const handedOn: SqlInvariant = {
  id: 'I11.handed_on',
  title: 'every event waits in the outbox or has a delivery to each endpoint that listened',
  looked: (tx) => tx`select count(*) from billing_events`,
  broken: (tx, { skewMs }) => tx`
    select e.id as subject, 'has no delivery to ' || w.id as problem
    from webhook_endpoints w join billing_events e on e.tenant_id = w.tenant_id
      and e.created_at > w.created_at + ${`${skewMs} milliseconds`}::interval
    where w.status <> 'deleted'
      and (w.event_types = '{}' or exists (select 1 from unnest(w.event_types) as t (name) where t.name in ('*', e.type)
        or (t.name like '%.*' and starts_with(e.type, left(t.name, -1)))))
      and not exists (select 1 from outbox o where o.event_id = e.id)
      and not exists (select 1 from webhook_deliveries d where d.message_id = e.id and d.endpoint_id = w.id and d.replay = 0)
      and not exists (select 1 from commands m where m.tenant_id = w.tenant_id and m.type = 'webhook_endpoint.update'
        and m.payload ->> 'endpointId' = w.id and m.payload ? 'eventTypes' and m.created_at > w.created_at
        and coalesce(m.decided_at, m.created_at) + ${`${skewMs} milliseconds`}::interval >= e.created_at)
    union all
    select o.event_id, 'waits in the outbox and never happened' from outbox o
    where not exists (select 1 from billing_events e where e.id = o.event_id and e.tenant_id = o.tenant_id)`,
};

export const messages: SqlInvariant = {
  id: 'I11.messages',
  title: 'a message carries the id, the type and the whole of its event',
  looked: (tx) => tx`select count(*) from webhook_messages`,
  broken: (tx) => tx`
    select m.id as subject, case when e.id is null then 'its event never happened' else 'differs from its event' end as problem
    from webhook_messages m left join billing_events e on e.id = m.id and e.tenant_id = m.tenant_id
    cross join lateral (select m.body::jsonb as body) b
    where e.id is null or (m.event_type, b.body ->> 'id', b.body ->> 'type', (b.body ->> 'sequence')::bigint,
        b.body ->> 'customerId')
      is distinct from (e.type, e.id, e.type, e.sequence, e.customer_id)
      or (b.body -> 'data' <> e.data::jsonb and not coalesce((b.body -> 'data' ->> 'thin')::boolean, false))
    union all
    select d.id, 'goes to an endpoint of another tenant' from webhook_deliveries d join webhook_messages m on m.id = d.message_id
      join webhook_endpoints w on w.id = d.endpoint_id
    where d.tenant_id <> m.tenant_id or d.tenant_id <> w.tenant_id`,
};

export const deliveries: SqlInvariant = {
  id: 'I11.deliveries',
  title: 'each delivery was delivered, has a next try, or has ended, and its attempts say so',
  looked: (tx) => tx`select count(*) from webhook_deliveries`,
  broken: (tx) => tx`
    select d.id as subject, format('%s after %s attempts, %s of them recorded, %s delivered', d.status, d.attempt_count, a.count,
      a.delivered) as problem
    from webhook_deliveries d cross join lateral (
      select count(*), coalesce(max(number), 0) as last, count(*) filter (where outcome = 'delivered') as delivered,
        coalesce(max(number) filter (where outcome = 'delivered'), 0) as delivered_at
      from webhook_attempts where delivery_id = d.id) a
    where a.count <> d.attempt_count or a.last <> d.attempt_count
      or (a.delivered, a.delivered_at) is distinct from
        case when d.status = 'delivered' then (1::bigint, d.attempt_count) else (0::bigint, 0) end
      or (d.status = 'pending') <> (d.next_attempt_at is not null) or (d.status = 'pending') <> (d.finished_at is null)`,
};

export const mails: SqlInvariant = {
  id: 'I11.mails',
  title:
    'each mail is about an event that is mailed, of its own customer, and was sent, has a next try, or says why not',
  looked: (tx) => tx`select count(*) from emails`,
  broken: (tx) => tx`
    select m.id as subject, format('%s about %s', m.status, coalesce(e.type, 'nothing')) as problem
    from emails m left join billing_events e on e.id = m.event_id
    where (e.tenant_id, e.customer_id) is distinct from (m.tenant_id, m.customer_id)
      or e.type not in ('billing.invoice.created', 'billing.payment.succeeded', 'billing.payment.failed')
      or (m.status = 'pending') <> (m.next_attempt_at is not null) or (m.status = 'sent') <> (m.sent_at is not null)
      or (m.status = 'failed' and m.last_error is null)`,
};
