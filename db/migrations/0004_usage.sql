-- Up Migration
-- Usage: the durable inbox, identity for ever, the events, what meters made of them, and exact rollups.

-- One row per group commit of one tenant. Deleted by the drain that counts it.
-- Events are columns of arrays, so that the drain counts them inside one statement: nothing is parsed twice, and a worker
-- never holds an event in memory. Element n of each array is event n; a null array means the default for all.
create table usage_inbox (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  -- System time at which the row was written: received_at of events of customers in real time (ruling R6).
  received_at timestamptz not null,
  event_count integer not null check (event_count > 0),
  keys uuid[] not null,
  body_hashes bigint[] not null,
  customer_ids text[] not null,
  subscription_ids text[],
  sources text[],
  event_ids text[] not null,
  types text[] not null,
  -- Null elements: the event has no time of its own, received_at counts.
  event_times timestamptz[],
  -- Set for customers on a test clock: its time when the row was written.
  clock_times timestamptz[],
  -- Array of objects.
  properties jsonb not null,
  -- What each matching meter makes of an event: position of the event from 1, meter, value, dimensions.
  fact_positions integer[],
  fact_meters text[],
  fact_values numeric[],
  -- Array of objects or nulls, and a key per fact that is equal exactly when the dimensions are.
  fact_dimensions jsonb,
  fact_dimension_keys text[],
  trace text,
  -- A row the database refuses to count is set aside, so that the others go on; an operator clears the mark.
  failed_at timestamptz,
  failure text,
  check (cardinality(keys) = event_count)
);
-- Rows live for milliseconds: compressing them costs more than writing them.
alter table usage_inbox
  alter keys set storage external, alter body_hashes set storage external, alter customer_ids set storage external,
  alter subscription_ids set storage external, alter sources set storage external, alter event_ids set storage external,
  alter types set storage external, alter event_times set storage external, alter clock_times set storage external,
  alter properties set storage external, alter fact_positions set storage external, alter fact_meters set storage external,
  alter fact_values set storage external, alter fact_dimensions set storage external,
  alter fact_dimension_keys set storage external;
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
-- uuid because it is the one type of exactly 16 bytes: four bytes less in row and index than bytea, and compared faster.
create table usage_identity (
  key uuid not null,
  body_hash bigint not null,
  primary key (key)
) partition by hash (key);
create table usage_identity_0 partition of usage_identity for values with (modulus 4, remainder 0);
create table usage_identity_1 partition of usage_identity for values with (modulus 4, remainder 1);
create table usage_identity_2 partition of usage_identity for values with (modulus 4, remainder 2);
create table usage_identity_3 partition of usage_identity for values with (modulus 4, remainder 3);
-- A partition can be named directly, so each has a wall of its own.
do $$
declare part regclass;
begin
  for part in
    select inhrelid::regclass from pg_inherits where inhparent = 'usage_identity'::regclass union all select 'usage_identity'::regclass
  loop
    execute format('alter table %s enable row level security', part);
    execute format('alter table %s force row level security', part);
    execute format('create policy drain_only on %s using ((select current_setting(''app.scope'', true)) = ''system'')', part);
  end loop;
end $$;

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
-- Indexes of the tables that every event adds to lead with the customer: its id is unique over all tenants, and what is
-- left out is written and compared for every event.
create index usage_events_customer on usage_events (customer_id, event_time, id);
select protect_tenant('usage_events');
select protect_tenant('usage_events_default');

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
-- Without the meter: an edge is an hour at most, and the facts of one event share one entry.
create index meter_events_period on meter_events (customer_id, event_time);
select protect_tenant('meter_events');
select protect_tenant('meter_events_default');

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
  -- Latest received_at of its events: tells a final run that this hour holds more than its cutoff allows, for which the
  -- facts would otherwise need an index of their own (protocols H6).
  last_received_at timestamptz not null,
  primary key (customer_id, meter_id, scope_id, bucket, dimension_key)
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
