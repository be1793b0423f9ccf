-- Up Migration
-- Units that prices can be in, such as credits, and what one of them costs in a currency from when on.

create table price_units (
  id text primary key,
  tenant_id text not null references tenants,
  key text not null check (length(key) between 1 and 100),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  unique (tenant_id, key)
);
select protect_tenant('price_units');

create table price_unit_rates (
  unit_id text not null references price_units,
  tenant_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Major units of the currency for one of the unit.
  rate numeric not null check (rate > 0),
  -- In force from then on, in the customer's time; null: from the beginning.
  effective_at timestamptz,
  created_at timestamptz not null,
  unique nulls not distinct (unit_id, currency, effective_at)
);
select protect_tenant('price_unit_rates');

-- Down Migration
drop table price_unit_rates;
drop table price_units;
