-- Up Migration
-- Usage: the durable inbox, identity for ever, the events, what meters made of them, and exact rollups.

-- One row per group commit of one tenant. Deleted by the drain that counts it.
create table usage_inbox (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  -- System time at which the row was written; an event's received_at is this, in the customer's clock (ruling R6).
  received_at timestamptz not null,
  event_count integer not null check (event_count > 0),
  -- JSON array of canonical events: runtime/ingest/inbox-event.ts is its shape.
  events text not null,
  trace text
);
create index usage_inbox_tenant on usage_inbox (tenant_id, received_at);
select protect_tenant('usage_inbox');

-- One row per drained inbox row: a letter per event, c created, d duplicate, x conflict, u accepted_unbilled.
create table ingest_requests (
  id bigint primary key,
  tenant_id text not null,
  result text not null,
  drained_at timestamptz not null
);
create index ingest_requests_drained on ingest_requests (drained_at);
select protect_tenant('ingest_requests');

-- key = first 16 bytes of sha256(tenant, source, event id). Kept for ever (protocols H5). The key contains the tenant.
create table usage_identity (
  key bytea not null check (length(key) = 16),
  body_hash bigint not null,
  primary key (key)
) partition by hash (key);
create table usage_identity_0 partition of usage_identity for values with (modulus 4, remainder 0);
create table usage_identity_1 partition of usage_identity for values with (modulus 4, remainder 1);
create table usage_identity_2 partition of usage_identity for values with (modulus 4, remainder 2);
create table usage_identity_3 partition of usage_identity for values with (modulus 4, remainder 3);
alter table usage_identity enable row level security;
alter table usage_identity force row level security;
create policy drain_only on usage_identity using ((select current_setting('app.scope', true)) = 'system');

create sequence usage_event_id;

create table usage_events (
  id bigint not null,
  tenant_id text not null,
  customer_id text not null,
  subscription_id text,
  source text not null,
  event_id text not null,
  type text not null,
  event_time timestamptz not null,
  received_at timestamptz not null,
  properties jsonb not null,
  stored_at timestamptz not null,
  primary key (id, stored_at)
) partition by range (stored_at);
create table usage_events_default partition of usage_events default;
create index usage_events_customer on usage_events (tenant_id, customer_id, event_time, id);
select protect_tenant('usage_events');

-- Event × meter: all that rollups, period edges and late counts ever read (protocols H6).
create table meter_events (
  event_ref bigint not null,
  tenant_id text not null,
  customer_id text not null,
  meter_id text not null,
  scope_id text not null,
  value numeric not null check (value > -1e40 and value < 1e40),
  dimensions jsonb,
  event_time timestamptz not null,
  received_at timestamptz not null,
  stored_at timestamptz not null
) partition by range (stored_at);
create table meter_events_default partition of meter_events default;
create index meter_events_period on meter_events (tenant_id, customer_id, meter_id, event_time);
create index meter_events_received on meter_events (tenant_id, customer_id, received_at);
select protect_tenant('meter_events');

-- One UTC hour of one meter for one customer. scope_id is '' or the subscription that the events name (ruling R14).
create table usage_rollups (
  tenant_id text not null,
  customer_id text not null,
  meter_id text not null,
  scope_id text not null,
  dimension_key text not null,
  bucket timestamptz not null,
  dimensions jsonb,
  event_count bigint not null check (event_count >= 0),
  sum_value numeric not null,
  min_value numeric not null,
  max_value numeric not null,
  last_value numeric not null,
  last_time timestamptz not null,
  last_ref bigint not null,
  primary key (tenant_id, customer_id, meter_id, scope_id, bucket, dimension_key)
) with (fillfactor = 80);
select protect_tenant('usage_rollups');

-- Buckets of closed periods that received events: written by ingest, deleted by the turn that accounted for them.
create table stale_usage (
  tenant_id text not null,
  customer_id text not null,
  meter_id text not null,
  bucket timestamptz not null,
  marked_at timestamptz not null,
  rung_at timestamptz,
  primary key (tenant_id, customer_id, meter_id, bucket)
);
create index stale_usage_marked on stale_usage (marked_at);
select protect_tenant('stale_usage');

-- Down Migration
drop table stale_usage;
drop table usage_rollups;
drop table meter_events;
drop table usage_events;
drop sequence usage_event_id;
drop table usage_identity;
drop table ingest_requests;
drop table usage_inbox;
