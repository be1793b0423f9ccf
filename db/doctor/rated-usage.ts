// Owns what must hold between usage and what is billed for it: in one window, and booked as far as it is known.
import type { Tx } from '#db/scope.ts';
import type { SqlInvariant } from './invariant.ts';

export const windows: SqlInvariant = {
  id: 'I3.windows',
  title: 'no usage lies in the windows of two charges',
  looked: (tx) => tx`select count(*) from charges where kind = 'usage_based'`,
  broken: (tx) => tx`
    select a.id as subject, 'counts the same usage as ' || b.id as problem
    from charges a join charges b on b.customer_id = a.customer_id and b.meter_id = a.meter_id and b.scope_id = a.scope_id
      and b.id > a.id and tstzrange(b.service_start, b.service_end) && tstzrange(a.service_start, a.service_end)
    where a.kind = 'usage_based' and b.kind = 'usage_based' and not ${isAfter(tx, 'a', 'b')} and not ${isAfter(tx, 'b', 'a')}
      and a.status not in ('deleted', 'superseded') and b.status not in ('deleted', 'superseded')`,
};

/** Whether one charge leaves to the other what that one takes: prices of one subscription that share a meter. */
function isAfter(tx: Tx, one: 'a' | 'b', other: 'a' | 'b') {
  return tx`(${tx(one)}.subscription_id = ${tx(other)}.subscription_id and exists (
    select from jsonb_array_elements(${tx(one)}.rating #> '{split,only,after}') as f (taken)
    where f.taken = ${tx(other)}.rating #> '{split,only,where}'))`;
}

/** Hours that are marked as stale are still to be booked; of a sealed charge later usage stays unbilled (ruling R7). */
export const booked: SqlInvariant = {
  id: 'I3.booked',
  title: 'a closed charge has booked the usage of its period, or the actor knows that it has not',
  looked: (tx) => tx`select count(*) from charges where status = 'final' and late_check_at is not null`,
  broken: (tx) => tx`
    select h.id as subject, format('booked %s, the facts say %s', h.booked_quantity, coalesce(f.quantity, 0)) as problem
    from charges h
    left join meters m on m.id = h.meter_id
    cross join lateral (select case when m.aggregation like 'time%' then m.settings ->> 'level'
      when m.settings ->> 'carriedOver' = 'true' then m.aggregation end as level) l
    cross join lateral (select case when l.level is not null then (${levelQuantity(tx)})
      when m.settings ? 'bucket' then (${bucketQuantity(tx)}) else (${plainQuantity(tx)}) end as quantity) f
    where h.kind = 'usage_based' and h.status = 'final' and h.late_check_at is not null
      and h.booked_quantity <> coalesce(f.quantity, 0)
      and not exists (select 1 from stale_usage s where s.customer_id = h.customer_id and s.meter_id = h.meter_id
        and s.bucket < h.service_end and s.bucket + interval '1 hour' > h.service_start)`,
};

/** Facts `e` of charge `h`. */
function counted(tx: Tx) {
  return tx`e.customer_id = h.customer_id and e.meter_id = h.meter_id and e.scope_id = h.scope_id
    and e.event_time < h.service_end and (h.rating #> '{split,only}' is null or takes_usage(h.rating #> '{split,only}', e.dimensions))`;
}

/** What facts `e` give together. */
function aggregate(tx: Tx) {
  return tx`case m.aggregation when 'count' then count(*) when 'sum' then sum(e.value) when 'max' then max(e.value)
    when 'min' then min(e.value) when 'average' then quotient(sum(e.value), count(*))
    when 'latest' then (array_agg(e.value order by e.event_time desc, e.event_ref desc))[1]
    when 'unique_count' then count(distinct e.value_key)
    when 'percentile' then percentile_of(array_agg(e.value order by e.value), (m.settings ->> 'percentile')::numeric,
      m.settings ->> 'percentileMethod' = 'interpolated') end`;
}

function plainQuantity(tx: Tx) {
  return tx`select ${aggregate(tx)} from meter_events e where ${counted(tx)} and e.event_time >= h.service_start`;
}

/** Postgres' own calendar, so that ours is held against another. */
function bucketQuantity(tx: Tx) {
  return tx`
    select sum(figure) from (
      select ${aggregate(tx)} as figure
      from (select m.settings #>> '{bucket,unit}' as unit, m.settings #>> '{bucket,zone}' as zone) b
      join meter_events e on ${counted(tx)} and e.event_time >= h.service_start
      group by date_trunc(case b.unit when 'half_year' then 'year' else b.unit end, e.event_time, b.zone),
        b.unit = 'half_year' and extract(month from e.event_time at time zone b.zone) > 6) g`;
}

/** Each value times the seconds it held: a change until the end, a level until the next of its series. */
function levelQuantity(tx: Tx) {
  return tx`
    select case m.aggregation
      when 'time_weighted_average' then quotient(sum(p.value * p.held), extract(epoch from h.service_end - h.service_start))
      when 'time_weighted_sum' then quotient(sum(p.value * p.held), case m.settings ->> 'timeUnit'
        when 'second' then 1 when 'minute' then 60 when 'hour' then 3600 else 86400 end)
      else sum(p.value) filter (where p.is_last) end
    from (
      select e.value, l.level = 'sum' or e.until is null as is_last,
        extract(epoch from greatest(case when l.level <> 'sum' then e.until end, h.service_start, case when l.level = 'sum'
          or e.until is null then h.service_end end) - greatest(e.event_time, h.service_start)) as held
      from (
        select e.value, e.event_time, lead(e.event_time) over (partition by case when l.level = 'unique_count'
          then to_jsonb(e.value_key) else e.dimensions end order by e.event_time, e.event_ref) as until
        from meter_events e
        where ${counted(tx)} and (e.event_time >= h.service_start or m.settings ->> 'carriedOver' = 'true')) e) p`;
}
