-- Up Migration
-- What is checked of a turn's rows does not grow with history, and what a turn writes is written once.

-- The planner may turn `not exists` into a hash of all journals there are, which it did; of a subquery with a limit it cannot.

create or replace function refuse_unbalanced_journal() returns trigger language plpgsql as $$
begin
  if exists (
      select 1 from (select journal_id, sum(amount) as total from added group by journal_id, currency) a
      left join lateral (select true as there from journals j where j.id = a.journal_id limit 1) j on true
      where a.total <> 0 or j.there is null) then
    raise exception 'a journal does not sum to zero, or is not there' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- Both take the lock of a turn, which has it already: nobody else adds to these customers' charges until the commit. As none
-- overlapped before, one that does now overlaps a next neighbour too: of those that begin before it ends, the last. Where there
-- is a neighbour the item was seen when that came, and items with versions are never deleted.
create or replace function refuse_charges_out_of_place() returns trigger language plpgsql as $$
declare
  misplaced record;
begin
  perform 1 from customers c where c.id in (select customer_id from added) order by c.id for no key update;
  select a.id, a.item_id into misplaced from added a
  where a.item_id is not null and coalesce(
    (select a.service_start >= o.service_end from charges o
      where a.live and o.item_id = a.item_id and o.kind = a.kind and o.live and o.service_start < a.service_end and o.id <> a.id
      order by o.service_start desc limit 1),
    (select true from items i where i.id = a.item_id limit 1)) is not true
  limit 1;
  if not found then return null; end if;
  perform 1 from items i where i.id = misplaced.item_id;
  if not found then
    raise exception 'the item of charge % is not there', misplaced.id using errcode = 'foreign_key_violation';
  end if;
  raise exception 'charge % overlaps another of its item', misplaced.id using errcode = 'exclusion_violation';
end $$;

-- Written once and read whole: checked to be JSON, and not taken apart to be stored.
alter type saved_run alter attribute explanation type json;
alter table realization_runs alter column explanation type json;
alter table billing_events alter column data type json;

-- A tenant's postings lie together, so its balances need no index of their own.
alter table postings drop constraint postings_pkey, add primary key (tenant_id, journal_id, position);
drop index postings_account;

-- Down Migration
create index postings_account on postings (tenant_id, account, currency);
alter table postings drop constraint postings_pkey, add primary key (journal_id, position);
alter table billing_events alter column data type jsonb;
alter table realization_runs alter column explanation type jsonb;
alter type saved_run alter attribute explanation type jsonb;
create or replace function refuse_charges_out_of_place() returns trigger language plpgsql as $$
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
create or replace function refuse_unbalanced_journal() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added a group by journal_id, currency
      having sum(amount) <> 0 or not exists (select 1 from journals j where j.id = a.journal_id)) then
    raise exception 'a journal does not sum to zero, or is not there' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
