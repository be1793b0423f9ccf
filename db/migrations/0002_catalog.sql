-- Up Migration
-- What is measured and what is sold. A published plan version and its prices never change.

create table meters (
  id text primary key,
  tenant_id text not null references tenants,
  key text not null check (length(key) between 1 and 100),
  name text not null,
  event_type text not null check (length(event_type) between 1 and 200),
  aggregation text not null check (aggregation in ('count', 'sum', 'max', 'min', 'latest')),
  -- JSON property that holds the value; absent for count.
  value_property text,
  filters jsonb not null default '[]',
  dimensions text[] not null default '{}',
  created_at timestamptz not null,
  unique (tenant_id, key),
  check ((aggregation = 'count') = (value_property is null))
);
create index meters_event_type on meters (tenant_id, event_type);
select protect_tenant('meters');

create table plans (
  id text primary key,
  tenant_id text not null references tenants,
  key text not null check (length(key) between 1 and 100),
  name text not null,
  created_at timestamptz not null,
  unique (tenant_id, key)
);
select protect_tenant('plans');

create table plan_versions (
  id text primary key,
  tenant_id text not null references tenants,
  plan_id text not null references plans,
  version integer not null check (version > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  interval text not null check (interval in ('day', 'week', 'month', 'year')),
  interval_count integer not null check (interval_count between 1 and 1000),
  published_at timestamptz not null,
  created_at timestamptz not null,
  unique (plan_id, version)
);
select protect_tenant('plan_versions');

create table prices (
  id text primary key,
  tenant_id text not null references tenants,
  plan_version_id text not null references plan_versions,
  position integer not null,
  key text not null,
  name text not null,
  cadence text not null check (cadence in ('in_advance', 'in_arrears')),
  meter_id text references meters,
  -- Charge model and its figures, decimals as strings: actors/pricing/price.ts is its shape.
  model jsonb not null,
  created_at timestamptz not null,
  unique (plan_version_id, key),
  unique (plan_version_id, position)
);
select protect_tenant('prices');

-- Down Migration
drop table prices;
drop table plan_versions;
drop table plans;
drop table meters;
