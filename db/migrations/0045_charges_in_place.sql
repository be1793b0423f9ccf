-- Up Migration
-- Closing a charge changes its row in place and keeps every index as it is, and charges are kept apart without GiST (decision 0086).

alter table charges
  -- Whether it counts: what is deleted or superseded leaves its place to another.
  add column live boolean not null generated always as (status not in ('deleted', 'superseded')) stored,
  -- Whether a turn may still have to look at it: it is not final, or late usage is looked for.
  add column working boolean not null generated always as (advance_at is not null or late_check_at is not null) stored,
  -- Room for the two changes of a life: closed, and sealed.
  set (fillfactor = 50);

drop index charges_live;
drop index charges_open;
drop index charges_unsealed;
-- Predicates name only columns that closing leaves as they are, or the change would have to be written to every index.
create unique index charges_live on charges (item_id, kind, service_start) where live and item_id is not null;
create unique index charges_live_alone on charges (tenant_id, origin, kind, service_start) where live and item_id is null;
create index charges_working on charges (customer_id) where working;

alter table charges drop constraint charges_do_not_overlap;
alter table charges drop constraint charges_item_id_fkey;

-- Both take the lock of a turn, which has it already: nobody else adds to these customers' charges until the commit. As none
-- overlapped before, one that does now overlaps a next neighbour too: of those that begin before it ends, the last. Three
-- questions, because one that asks all of them is planned worse (measured).
create function refuse_charges_out_of_place() returns trigger language plpgsql as $$
begin
  perform 1 from customers c where c.id in (select customer_id from added) order by c.id for no key update;
  if exists (select 1 from added a where a.item_id is not null and not exists (select 1 from items i where i.id = a.item_id)) then
    raise exception 'the item of a charge is not there' using errcode = 'foreign_key_violation';
  end if;
  if exists (select 1 from added a where a.item_id is not null and a.live and a.service_start < (
      select o.service_end from charges o
      where o.item_id = a.item_id and o.kind = a.kind and o.live and o.service_start < a.service_end and o.id <> a.id
      order by o.service_start desc limit 1)) then
    raise exception 'a charge overlaps another of its item' using errcode = 'exclusion_violation';
  end if;
  return null;
end $$;
create trigger charges_in_place after insert on charges
  referencing new table as added for each statement execute function refuse_charges_out_of_place();

create function refuse_charge_that_grows() returns trigger language plpgsql as $$
begin
  perform 1 from customers c where c.id = new.customer_id for no key update;
  if new.service_start < (select o.service_end from charges o
      where o.item_id = new.item_id and o.kind = new.kind and o.live and o.service_start < new.service_end and o.id <> new.id
      order by o.service_start desc limit 1) then
    raise exception 'charge % overlaps another of its item', new.id using errcode = 'exclusion_violation';
  end if;
  return null;
end $$;
create trigger charges_stay_in_place after update on charges for each row
  when (new.live and new.item_id is not null and (not old.live or new.service_start < old.service_start
    or new.service_end > old.service_end or new.item_id is distinct from old.item_id or new.kind <> old.kind))
  execute function refuse_charge_that_grows();

-- Down Migration
drop trigger charges_stay_in_place on charges;
drop trigger charges_in_place on charges;
drop function refuse_charge_that_grows();
drop function refuse_charges_out_of_place();
alter table charges add foreign key (item_id) references items;
alter table charges add constraint charges_do_not_overlap exclude using gist
  (hashtextextended(item_id || ' ' || kind, 0) with =, tstzrange(service_start, service_end) with &&)
  where (status not in ('deleted', 'superseded') and item_id is not null);
drop index charges_working;
drop index charges_live_alone;
drop index charges_live;
create unique index charges_live on charges (tenant_id, origin, kind, service_start)
  where status not in ('deleted', 'superseded');
create index charges_open on charges (customer_id) where status not in ('final', 'deleted', 'superseded');
create index charges_unsealed on charges (customer_id, meter_id) where late_check_at is not null;
alter table charges drop column working, drop column live, reset (fillfactor);
