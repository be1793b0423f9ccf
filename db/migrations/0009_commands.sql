-- Up Migration
-- What was asked (commands), what happened (billing events), and what is still to be told (outbox).

create table commands (
  id text primary key,
  -- FIFO per customer.
  position bigint generated always as identity,
  tenant_id text not null,
  -- Null: the tenant's own actor decides it (protocols H13).
  customer_id text references customers,
  type text not null,
  payload jsonb not null,
  payload_hash bytea not null check (length(payload_hash) = 32),
  idempotency_key text check (length(idempotency_key) between 1 and 255),
  status text not null check (status in ('queued', 'done')),
  -- {ok: true, data} or {ok: false, code, message, pointer}.
  result jsonb,
  rung_at timestamptz,
  trace text,
  created_at timestamptz not null,
  decided_at timestamptz,
  check ((status = 'done') = (result is not null)),
  check ((status = 'done') = (decided_at is not null))
);
create unique index commands_idempotency on commands (tenant_id, type, idempotency_key) where idempotency_key is not null;
create index commands_queued on commands (tenant_id, customer_id, position) where status = 'queued';
create index commands_queued_age on commands (created_at) where status = 'queued';
select protect_tenant('commands');

create table billing_events (
  id text primary key,
  tenant_id text not null,
  -- The tenant's own actor writes events without a customer and without a sequence.
  customer_id text,
  sequence bigint,
  type text not null check (type like 'billing.%'),
  object_type text not null,
  object_id text not null,
  data jsonb not null,
  previous jsonb,
  -- In the customer's clock; created_at is system time.
  occurred_at timestamptz not null,
  created_at timestamptz not null,
  trace text,
  unique (tenant_id, customer_id, sequence),
  check ((customer_id is null) = (sequence is null))
);
create index billing_events_tenant on billing_events (tenant_id, id);
create index billing_events_object on billing_events (tenant_id, object_id);
select protect_tenant('billing_events');
create trigger billing_events_append_only before update or delete on billing_events
  for each row execute function refuse_change();

create table outbox (
  event_id text primary key,
  tenant_id text not null,
  created_at timestamptz not null,
  rung_at timestamptz
);
create index outbox_created on outbox (created_at);
select protect_tenant('outbox');

-- Down Migration
drop table outbox;
drop table billing_events;
drop table commands;
