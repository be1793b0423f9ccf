-- Up Migration
-- Who hears of billing events: signed webhooks and e-mails. All times here are system time.

create table webhook_endpoints (
  id text primary key,
  tenant_id text not null,
  url text not null,
  -- AES-256-GCM under the application's key: nonce, tag, ciphertext.
  secret bytea not null,
  -- After a rotation both secrets sign until the old one's end.
  previous_secret bytea,
  previous_secret_until timestamptz,
  -- Event types to send; empty: all.
  event_types text[] not null default '{}',
  -- While disabled its deliveries queue, so that enabling it again loses nothing. A deleted one gets no more.
  status text not null check (status in ('enabled', 'disabled', 'deleted')),
  disabled_reason text,
  concurrency integer not null default 5 check (concurrency between 1 and 100),
  -- The first failure after the last success.
  failing_since timestamptz,
  -- The endpoint is overloaded: nothing is sent before this instant, then one delivery tries.
  resume_at timestamptz,
  created_at timestamptz not null,
  check ((previous_secret is null) = (previous_secret_until is null)),
  check ((status = 'disabled') = (disabled_reason is not null))
);
create index webhook_endpoints_tenant on webhook_endpoints (tenant_id) where status <> 'deleted';
select protect_tenant('webhook_endpoints');

-- The signed bytes are the stored bytes. The id is the billing event's id.
create table webhook_messages (
  id text primary key,
  tenant_id text not null,
  event_type text not null,
  body text not null,
  created_at timestamptz not null
);
select protect_tenant('webhook_messages');

create table webhook_deliveries (
  id text primary key,
  tenant_id text not null,
  endpoint_id text not null references webhook_endpoints,
  message_id text not null references webhook_messages,
  -- 0 for the first sending; a replay is a new delivery of the same message.
  replay integer not null default 0,
  status text not null check (status in ('pending', 'delivered', 'exhausted')),
  attempt_count integer not null default 0,
  next_attempt_at timestamptz,
  epoch integer not null default 0,
  lease_until timestamptz,
  trace text,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (message_id, endpoint_id, replay),
  check ((status = 'pending') = (next_attempt_at is not null)),
  check ((status = 'pending') = (finished_at is null))
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at) where status = 'pending';
create index webhook_deliveries_due_all on webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_tenant on webhook_deliveries (tenant_id, id);
select protect_tenant('webhook_deliveries');

create table webhook_attempts (
  delivery_id text not null references webhook_deliveries,
  number integer not null,
  tenant_id text not null,
  outcome text not null check (outcome in ('delivered', 'status_refused', 'redirected', 'gone', 'throttled', 'timed_out',
    'destination_refused', 'name_unresolved', 'connection_refused', 'tls_failed', 'connection_lost', 'response_invalid')),
  status_code integer,
  response_excerpt text,
  duration_ms integer not null,
  attempted_at timestamptz not null,
  primary key (delivery_id, number)
);
select protect_tenant('webhook_attempts');

create table emails (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  event_id text not null references billing_events,
  template text not null,
  recipient text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  -- RFC 5322 Message-ID, the same on every try.
  message_id text not null unique,
  status text not null check (status in ('pending', 'sent', 'failed')),
  attempt_count integer not null default 0,
  next_attempt_at timestamptz,
  epoch integer not null default 0,
  lease_until timestamptz,
  last_error text,
  trace text,
  created_at timestamptz not null,
  sent_at timestamptz,
  unique (event_id, template, recipient),
  check ((status = 'pending') = (next_attempt_at is not null))
);
create index emails_due on emails (next_attempt_at) where status = 'pending';
select protect_tenant('emails');

-- Down Migration
drop table emails;
drop table webhook_attempts;
drop table webhook_deliveries;
drop table webhook_messages;
drop table webhook_endpoints;
