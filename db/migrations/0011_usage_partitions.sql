-- Up Migration
-- Months of usage: a partition for each, made ahead by the sweep. What no month holds lands in the default partition.

-- Adds the partition of `parent` for [from_time, to_time); false if it is there. Attaching takes no lock that stops
-- inserts into other partitions; it fails when the default partition already holds rows of that month.
create function add_month_partition(parent text, from_time timestamptz, to_time timestamptz) returns boolean
language plpgsql as $$
declare
  name text := parent || to_char(from_time at time zone 'UTC', '"_"YYYY"_"MM');
begin
  if to_regclass(quote_ident(name)) is not null then
    return false;
  end if;
  execute format('create table %I (like %I including all)', name, parent);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, from_time, to_time);
  perform protect_tenant(quote_ident(name)::regclass);
  return true;
end $$;

-- Down Migration
drop function add_month_partition(text, timestamptz, timestamptz);
