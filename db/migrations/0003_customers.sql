-- Up Migration
-- Customers and what they agreed to. The customers row is the actor's lock.

create table customers (
  id text primary key,
  tenant_id text not null references tenants,
  external_id text not null check (length(external_id) between 1 and 200),
  name text not null,
  email text,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  zone text not null,
  clock_id text references test_clocks,
  auto_collect boolean not null default true,
  -- Number of the last billing event of this customer; events number without gaps.
  sequence bigint not null default 0,
  -- Business time at which the actor next has something to do; null when nothing is planned.
  due_at timestamptz,
  -- Usage with event time before this mark belongs to a closed period: ingest tells the actor of it (protocols H7).
  closed_through timestamptz,
  rung_at timestamptz,
  parked_at timestamptz,
  parked_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (tenant_id, external_id),
  unique (tenant_id, id)
);
create index customers_due on customers (due_at) where clock_id is null and parked_at is null;
create index customers_clock_due on customers (clock_id, due_at) where clock_id is not null;
create index customers_parked on customers (tenant_id, id) where parked_at is not null;
select protect_tenant('customers');

create table payment_methods (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  gateway text not null,
  token text not null,
  brand text,
  last4 text check (last4 ~ '^[0-9]{4}$'),
  is_default boolean not null,
  created_at timestamptz not null,
  unique (customer_id, gateway, token)
);
create unique index payment_methods_default on payment_methods (customer_id) where is_default;
select protect_tenant('payment_methods');

create table subscriptions (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  plan_version_id text not null references plan_versions,
  status text not null check (status in ('scheduled', 'incomplete', 'incomplete_expired', 'trialing', 'active',
    'past_due', 'paused', 'canceled', 'unpaid')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  zone text not null,
  interval text not null check (interval in ('day', 'week', 'month', 'year')),
  interval_count integer not null,
  -- Boundary n is computed from the anchor, never from boundary n - 1.
  anchor_at timestamptz not null,
  period_index integer not null check (period_index >= 0),
  period_start timestamptz not null,
  period_end timestamptz not null,
  cancel_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (period_start < period_end),
  check ((status in ('canceled', 'incomplete_expired')) = (ended_at is not null))
);
create index subscriptions_live on subscriptions (customer_id) where ended_at is null;
select protect_tenant('subscriptions');

create table items (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  subscription_id text not null references subscriptions,
  position integer not null,
  unique (subscription_id, position)
);
select protect_tenant('items');

create table item_versions (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  item_id text not null references items,
  price_id text not null references prices,
  meter_id text references meters,
  quantity numeric not null check (quantity >= 0 and quantity < 1e15),
  usage_scope text not null check (usage_scope in ('customer', 'subscription')),
  effective_from timestamptz not null,
  effective_to timestamptz,
  -- One version of an item at a time, and one customer-scoped item per meter at any instant (ruling R14).
  constraint item_versions_one_at_a_time exclude using gist
    (item_id with =, tstzrange(effective_from, effective_to) with &&),
  constraint meter_in_use exclude using gist
    (customer_id with =, meter_id with =, tstzrange(effective_from, effective_to) with &&)
    where (usage_scope = 'customer' and meter_id is not null)
);
create index item_versions_customer on item_versions (customer_id);
select protect_tenant('item_versions');

-- Down Migration
drop table item_versions;
drop table items;
drop table subscriptions;
drop table payment_methods;
drop table customers;
