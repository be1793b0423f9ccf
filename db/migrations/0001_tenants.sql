-- Up Migration
-- Tenants, who issues their invoices, the keys that speak for them, and the clocks of sandboxes.
-- Every table is walled by tenant: see protect_tenant. Time never comes from the server: see docs/time.md.

create extension if not exists btree_gist;

-- Forces row-level security on a table. A session sees a tenant's rows after set_config('app.tenant', id, true);
-- app.scope = 'system' is set only by the drain, the sweep and the relay (a test lists those files).
create function protect_tenant(target regclass, tenant_column text default 'tenant_id') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_wall on %s using ('
    '%I = (select current_setting(''app.tenant'', true)) or (select current_setting(''app.scope'', true)) = ''system'')',
    target, tenant_column);
end $$;

create table tenants (
  id text primary key,
  name text not null check (length(name) between 1 and 200),
  sandbox boolean not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  zone text not null,
  -- Wait between a period's end and its final count, so that events under way still land in it.
  collection_interval_seconds integer not null default 3600 check (collection_interval_seconds between 0 and 2592000),
  invoice_due_days integer not null default 30 check (invoice_due_days between 0 and 365),
  -- After service end plus this many days a charge is sealed: later events are stored and answered accepted_unbilled.
  late_usage_days integer not null default 35 check (late_usage_days between 0 and 366),
  late_usage_policy text not null default 'next_invoice'
    check (late_usage_policy in ('next_invoice', 'credit_note_only', 'ignore')),
  -- Days after a decline at which collection is tried again; after the last the invoice stays open and unpaid.
  dunning_days integer[] not null default '{3,5,7}',
  created_at timestamptz not null
);
select protect_tenant('tenants', 'id');

create table legal_entities (
  id text primary key,
  tenant_id text not null references tenants,
  name text not null,
  zone text not null,
  number_prefix text not null check (number_prefix ~ '^[A-Z0-9-]{0,12}$'),
  is_default boolean not null,
  created_at timestamptz not null
);
create unique index legal_entities_default on legal_entities (tenant_id) where is_default;
select protect_tenant('legal_entities');

create table api_keys (
  id text primary key,
  tenant_id text not null references tenants,
  name text not null,
  secret_hash bytea not null check (length(secret_hash) = 32),
  role text not null check (role in ('reader', 'operator', 'admin', 'service')),
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_tenant on api_keys (tenant_id);
select protect_tenant('api_keys');

create table test_clocks (
  id text primary key,
  tenant_id text not null references tenants,
  name text not null,
  now_at timestamptz not null,
  target_at timestamptz not null,
  status text not null check (status in ('stable', 'advancing')),
  -- The command whose answer is the clock becoming stable.
  command_id text,
  -- Instants it stood at since the last command sent it on its way.
  instant_count integer not null default 0 check (instant_count >= 0),
  rung_at timestamptz,
  created_at timestamptz not null,
  check (now_at <= target_at),
  -- At its target it is stable only once nothing is due there.
  check (status = 'advancing' or now_at = target_at)
);
create index test_clocks_advancing on test_clocks (tenant_id, id) where status = 'advancing';
select protect_tenant('test_clocks');

-- Down Migration
drop table test_clocks;
drop table api_keys;
drop table legal_entities;
drop table tenants;
drop function protect_tenant(regclass, text);
drop extension btree_gist;
