-- Up Migration
-- Several prices on one meter, each counting its part of the usage (actors/pricing/usage-filter.ts).

-- Whether usage with these dimensions meets a filter: {dimension: [values]}, null standing for usage without it.
create function meets_filter(filter jsonb, dimensions jsonb) returns boolean language sql immutable parallel safe as $$
  select not exists (
    select from jsonb_each(filter) as f (name, allowed)
    where not coalesce(allowed ? (dimensions ->> name), allowed @> 'null'))
$$;

-- Whether a price counts usage with these dimensions: {where, after}, null for all.
create function takes_usage(selection jsonb, dimensions jsonb) returns boolean language sql immutable parallel safe as $$
  select selection is null or (
    meets_filter(selection -> 'where', dimensions)
    and not exists (
      select from jsonb_array_elements(selection -> 'after') as a (filter) where meets_filter(filter, dimensions)))
$$;

alter table item_versions no force row level security;
alter table item_versions
  add column subscription_id text references subscriptions,
  -- The filter of its price as text: equal for prices that count the same usage of a meter.
  add column usage_group text not null default '';
update item_versions v set subscription_id = i.subscription_id from items i where i.id = v.item_id;
alter table item_versions alter column subscription_id set not null;
alter table item_versions force row level security;

-- A meter's usage belongs to one subscription of a customer at a time, and there to one item a filter (ruling R14).
alter table item_versions drop constraint meter_in_use;
alter table item_versions add constraint meter_in_use exclude using gist
    (customer_id with =, meter_id with =, subscription_id with <>, tstzrange(effective_from, effective_to) with &&)
    where (usage_scope = 'customer' and meter_id is not null);
alter table item_versions add constraint usage_counted_once exclude using gist
    (subscription_id with =, meter_id with =, md5(usage_group) with =, tstzrange(effective_from, effective_to) with &&)
    where (meter_id is not null);

alter type saved_item_version add attribute usage_group text;
alter type saved_item_version add attribute subscription_id text;

-- Down Migration
alter type saved_item_version drop attribute subscription_id;
alter type saved_item_version drop attribute usage_group;
alter table item_versions drop constraint usage_counted_once;
alter table item_versions drop constraint meter_in_use;
alter table item_versions add constraint meter_in_use exclude using gist
    (customer_id with =, meter_id with =, tstzrange(effective_from, effective_to) with &&)
    where (usage_scope = 'customer' and meter_id is not null);
alter table item_versions drop column usage_group, drop column subscription_id;
drop function takes_usage;
drop function meets_filter;
