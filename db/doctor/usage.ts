// Owns what must hold of usage: each event is kept once, what meters made of it is kept, and rollups are the sum of that.

import { hourOf } from '#db/usage-hours.ts';
import type { SqlInvariant } from './invariant.ts';

const NUL = String.raw`'\x00'::bytea`;

export const eventsOnce: SqlInvariant = {
  id: 'I1.once',
  title: 'no event is stored twice',
  looked: (tx) => tx`select count(*) from usage_events`,
  broken: (tx) => tx`
    select tenant_id || ' ' || source || ' ' || event_id as subject, 'stored ' || count(*) || ' times' as problem
    from usage_events group by tenant_id, source, event_id having count(*) > 1`,
};

/** The key is computed again as ingest does: the first 16 bytes of sha256 over tenant, source and id, parted by NUL. */
export const identities: SqlInvariant = {
  id: 'I1.identity',
  title: 'every event has its identity, and every identity its event',
  scope: 'system',
  looked: (tx) => tx`select count(*) from usage_identity`,
  broken: (tx) => tx`
    select coalesce(e.subject, d.key::text) as subject,
      case when d.key is null then 'an event without identity' else 'an identity whose event is lost' end as problem
    from (
      select tenant_id || ' ' || source || ' ' || event_id as subject,
        encode(substring(sha256(convert_to(tenant_id, 'UTF8') || ${tx.unsafe(NUL)} || convert_to(source, 'UTF8')
          || ${tx.unsafe(NUL)} || convert_to(event_id, 'UTF8')) from 1 for 16), 'hex')::uuid as key
      from usage_events) e
    full join usage_identity d on d.key = e.key
    where d.key is null or e.key is null`,
};

/** An answer and the events it speaks of carry the same time; answers are kept for a while only. */
export const answers: SqlInvariant = {
  id: 'I1.answers',
  title: 'as many events are stored as were answered to be',
  looked: (tx) => tx`select count(*) from ingest_requests`,
  broken: (tx) => tx`
    select coalesce(a.tenant_id, e.tenant_id) as subject,
      format('%s answered, %s stored at %s', coalesce(a.count, 0), coalesce(e.count, 0), coalesce(a.at, e.at)) as problem
    from (select tenant_id, drained_at as at, sum(length(regexp_replace(result, '[^cu]', '', 'g'))) as count
      from ingest_requests group by 1, 2) a
    full join (select tenant_id, stored_at as at, count(*) from usage_events group by 1, 2) e
      on e.tenant_id = a.tenant_id and e.at = a.at
    where coalesce(a.count, 0) > coalesce(e.count, 0)
      or (coalesce(a.count, 0) < coalesce(e.count, 0) and e.at > (select min(drained_at) from ingest_requests))`,
};

export const facts: SqlInvariant = {
  id: 'I2.facts',
  title: 'what a meter made of an event belongs to that event, once',
  looked: (tx) => tx`select count(*) from meter_events`,
  broken: (tx) => tx`
    select f.meter_id || ' ' || f.event_ref as subject,
      case when e.id is null then 'its event is lost' else 'differs from its event' end as problem
    from meter_events f left join usage_events e on e.id = f.event_ref and e.stored_at = f.stored_at
    where e.id is null or (e.tenant_id, e.customer_id, e.event_time, e.received_at)
      is distinct from (f.tenant_id, f.customer_id, f.event_time, f.received_at)
    union all
    select meter_id || ' ' || event_ref, 'counted ' || count(*) || ' times'
    from meter_events group by meter_id, event_ref having count(*) > 1`,
};

export const rollups: SqlInvariant = {
  id: 'I2.rollups',
  title: 'every rollup equals the aggregate of its facts',
  looked: (tx) => tx`select count(*) from usage_rollups`,
  broken: (tx) => tx`
    with counted as (
      select tenant_id, customer_id, meter_id, scope_id, ${hourOf(tx, tx`event_time`)} as bucket,
        coalesce(dimensions::text, '') as split, count(*) as events, sum(value) as total, min(value) as low, max(value) as high,
        (array_agg(value order by event_time desc, event_ref desc))[1] as latest, max(event_time) as latest_time,
        (array_agg(event_ref order by event_time desc, event_ref desc))[1] as latest_ref, max(received_at) as received, sum(amount) as amount
      from meter_events group by 1, 2, 3, 4, 5, 6)
    select format('%s %s %s %s', coalesce(r.customer_id, c.customer_id), coalesce(r.meter_id, c.meter_id),
        coalesce(r.bucket, c.bucket), coalesce(r.dimensions::text, c.split)) as subject,
      case when r.bucket is null then 'facts without a rollup' when c.bucket is null then 'a rollup without facts'
        else format('says %s events and %s in sum, facts say %s and %s', r.event_count, r.sum_value, c.events, c.total) end as problem
    from usage_rollups r
    full join counted c on c.customer_id = r.customer_id and c.meter_id = r.meter_id and c.scope_id = r.scope_id
      and c.bucket = r.bucket and c.split = coalesce(r.dimensions::text, '')
    where (r.tenant_id, r.event_count, r.sum_value, r.min_value, r.max_value, r.last_value, r.last_time, r.last_ref,
        r.last_received_at, r.amount)
      is distinct from (c.tenant_id, c.events, c.total, c.low, c.high, c.latest, c.latest_time, c.latest_ref, c.received, c.amount)`,
};
