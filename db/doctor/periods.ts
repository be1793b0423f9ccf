// Owns what must hold of a subscription's time: its periods follow from its anchor and tile its life.
import { boundary, type Interval } from '#actors/calendar/billing-cycle.ts';
import { instantText } from '#actors/calendar/time.ts';
import type { ComputedInvariant, SqlInvariant } from './invariant.ts';

export const tiling: SqlInvariant = {
  id: 'I4.tiling',
  title: 'the charges of an item tile the life of its subscription, without gap or overlap',
  looked: (tx) => tx`select count(*) from items`,
  broken: (tx) => tx`
    with pieces as (
      select h.id, h.item_id, h.kind, h.service_start, h.service_end,
        lag(h.service_end) over item as previous_end, row_number() over item as place,
        row_number() over (partition by h.item_id, h.kind order by h.service_start desc) as place_from_end
      from charges h where h.item_id is not null and h.status not in ('deleted', 'superseded')
      window item as (partition by h.item_id, h.kind order by h.service_start)
    ), lives as (
      -- An item ends with its subscription, or when the next version of the plan has no such price.
      select i.id as item_id, s.status, s.period_start, s.period_end, v.begins_at, coalesce(v.ended_at, s.ended_at) as ended_at
      from items i join subscriptions s on s.id = i.subscription_id
      cross join lateral (
        select min(effective_from) as begins_at,
          case when bool_and(effective_to is not null) then max(effective_to) end as ended_at
        from item_versions where item_id = i.id) v)
    select p.id as subject, format('begins at %s, the one before ends at %s', p.service_start, p.previous_end) as problem
    from pieces p where p.previous_end <> p.service_start
    union all
    select p.id, format('is the first and begins at %s, its item at %s', p.service_start, l.begins_at)
    from pieces p join lives l using (item_id) where p.place = 1 and p.service_start <> l.begins_at
    union all
    select l.item_id, 'has no charge' from lives l
    where (l.status not in ('scheduled', 'canceled') or l.ended_at > l.begins_at)
      and not exists (select 1 from pieces p where p.item_id = l.item_id)
    union all
    select p.id, format('is the last and serves from %s to %s, its subscription is at %s to %s', p.service_start, p.service_end,
      l.period_start, coalesce(l.ended_at, l.period_end))
    from pieces p join lives l using (item_id)
    where p.place_from_end = 1 and case when l.ended_at is null
      then (p.service_start, p.service_end) <> (l.period_start, l.period_end) else p.service_end < l.ended_at end`,
};

export const boundaries: ComputedInvariant = {
  id: 'I4.boundaries',
  title: 'the current period of a subscription is the one its anchor gives',
  page: (tx, after, max) => tx`
    select id as key, anchor_at, zone, interval, interval_count, period_index, period_start, period_end
    from subscriptions where id > ${after} order by id limit ${max}`,
  problemOf: (row) => {
    const cycle = {
      anchor: Temporal.Instant.from(String(row['anchor_at'])),
      zone: String(row['zone']),
      interval: row['interval'] as Interval,
      count: Number(row['interval_count']),
    };
    const index = Number(row['period_index']);
    const [start, end] = [boundary(cycle, index), boundary(cycle, index + 1)].map(instantText);
    return row['period_start'] === start && row['period_end'] === end
      ? undefined
      : `period ${index} is ${start} to ${end}, not ${row['period_start']} to ${row['period_end']}`;
  },
};

export const chargeIdentity: SqlInvariant = {
  id: 'I4.identity',
  title: 'one live charge for an origin, kind and service start',
  looked: (tx) => tx`select count(*) from charges`,
  broken: (tx) => tx`
    select min(id) as subject, 'there are ' || count(*) || ' of it' as problem
    from charges where status not in ('deleted', 'superseded')
    group by tenant_id, origin, kind, service_start having count(*) > 1`,
};
