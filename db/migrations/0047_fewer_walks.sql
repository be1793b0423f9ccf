-- Up Migration
-- A turn writes one index less for each run, and its checks look customers up one by one, whatever the planner believes.

-- A run is the number-th of its charge, and is looked for within it; a line names its charge and the run's id.
alter table realization_runs drop constraint realization_runs_pkey, drop constraint realization_runs_charge_id_number_key,
  add primary key (charge_id, number);

-- As before (0046), but for the lock: whom this transaction has changed is its own already, and the others are found by index.
create or replace function refuse_charges_out_of_place() returns trigger language plpgsql as $$
declare
  misplaced record;
begin
  perform 1 from (select distinct customer_id from added order by customer_id) a
    cross join lateral (select 1 from customers c where c.id = a.customer_id and c.xmin <> pg_current_xact_id()::xid
      limit 1 for no key update) c;
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

-- Down Migration
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
alter table realization_runs drop constraint realization_runs_pkey, add unique (charge_id, number), add primary key (id);
