// Owns what must hold between usage and what is billed for it: in one window, and booked as far as it is known.
import type { SqlInvariant } from './invariant.ts';

export const windows: SqlInvariant = {
  id: 'I3.windows',
  title: 'no usage lies in the windows of two charges',
  looked: (tx) => tx`select count(*) from charges where kind = 'usage_based'`,
  broken: (tx) => tx`
    select a.id as subject, 'counts the same usage as ' || b.id as problem
    from charges a join charges b on b.customer_id = a.customer_id and b.meter_id = a.meter_id and b.scope_id = a.scope_id
      and b.id > a.id and tstzrange(b.service_start, b.service_end) && tstzrange(a.service_start, a.service_end)
    where a.kind = 'usage_based' and b.kind = 'usage_based'
      and a.status not in ('deleted', 'superseded') and b.status not in ('deleted', 'superseded')`,
};

/** Hours that are marked as stale are still to be booked; of a sealed charge later usage stays unbilled (ruling R7). */
export const booked: SqlInvariant = {
  id: 'I3.booked',
  title: 'a closed charge has booked the usage of its period, or the actor knows that it has not',
  looked: (tx) => tx`select count(*) from charges where status = 'final' and late_check_at is not null`,
  broken: (tx) => tx`
    select h.id as subject, format('booked %s, the facts say %s', h.booked_quantity, coalesce(f.quantity, 0)) as problem
    from charges h
    left join meters m on m.id = h.meter_id
    cross join lateral (
      select case m.aggregation when 'count' then count(*) when 'sum' then sum(e.value) when 'max' then max(e.value)
          when 'min' then min(e.value) when 'latest' then (array_agg(e.value order by e.event_time desc, e.event_ref desc))[1]
        end as quantity
      from meter_events e
      where e.customer_id = h.customer_id and e.meter_id = h.meter_id and e.scope_id = h.scope_id
        and e.event_time >= h.service_start and e.event_time < h.service_end) f
    where h.kind = 'usage_based' and h.status = 'final' and h.late_check_at is not null
      and h.booked_quantity <> coalesce(f.quantity, 0)
      and not exists (select 1 from stale_usage s where s.customer_id = h.customer_id and s.meter_id = h.meter_id
        and s.bucket < h.service_end and s.bucket + interval '1 hour' > h.service_start)`,
};
