-- Up Migration
-- Prices per currency in one plan, versions with effective dates, and prices that one customer alone has.

-- From when the version holds for subscriptions that start or follow; null: at once.
alter table plan_versions add column effective_at timestamptz;

alter table prices
  -- Null: the currency of the plan version.
  add column currency text check (currency ~ '^[A-Z]{3}$'),
  -- Set together: an agreed price of one customer, which stands in for a price of the plan.
  add column customer_id text references customers,
  add column parent_price_id text references prices,
  add constraint prices_agreed check ((customer_id is null) = (parent_price_id is null)),
  drop constraint prices_plan_version_id_key_key,
  drop constraint prices_plan_version_id_position_key;
create unique index prices_offered on prices (plan_version_id, key, coalesce(currency, '')) where parent_price_id is null;
create unique index prices_position on prices (plan_version_id, position) where parent_price_id is null;

alter table subscriptions
  -- Whether it moves to a newer version of its plan at the first boundary at which that is in force.
  add column follows_plan boolean not null default false,
  -- The version to which it moves at its next boundary.
  add column next_plan_version_id text references plan_versions;

-- Down Migration
alter table subscriptions drop column next_plan_version_id, drop column follows_plan;
drop index prices_position;
drop index prices_offered;
delete from prices where parent_price_id is not null;
alter table prices
  drop column parent_price_id, drop column customer_id, drop column currency,
  add constraint prices_plan_version_id_position_key unique (plan_version_id, position),
  add constraint prices_plan_version_id_key_key unique (plan_version_id, key);
alter table plan_versions drop column effective_at;
