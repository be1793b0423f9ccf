-- Up Migration
-- Attempts (what we asked of a gateway), payments (what the outside did), allocations (what that paid).

create table payment_attempts (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  invoice_id text not null references invoices,
  number integer not null check (number > 0),
  status text not null check (status in ('intended', 'unknown', 'succeeded', 'failed')),
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  gateway text not null,
  payment_method_id text not null references payment_methods,
  token text not null,
  -- Sent with every call of this attempt; never changed, never used for another (law 8).
  provider_key text not null,
  provider_reference text,
  decline_code text,
  decline_message text,
  -- Fence (protocols H9): a claim increments epoch; only that epoch may record.
  epoch integer not null default 0,
  lease_until timestamptz,
  call_count integer not null default 0,
  -- System time of the first call: providers forget a key after a while, then it may only be looked up.
  first_called_at timestamptz,
  -- System time of the next call while intended or unknown.
  next_call_at timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (invoice_id, number),
  unique (gateway, provider_key),
  check ((status in ('intended', 'unknown')) = (next_call_at is not null)),
  check ((status in ('succeeded', 'failed')) = (settled_at is not null))
);
create unique index payment_attempts_one_unresolved on payment_attempts (invoice_id) where status in ('intended', 'unknown');
create index payment_attempts_due on payment_attempts (next_call_at) where status in ('intended', 'unknown');
create index payment_attempts_unresolved on payment_attempts (customer_id) where status in ('intended', 'unknown');
select protect_tenant('payment_attempts');

-- Amount, currency, method and key of an attempt are facts from its creation on.
create function refuse_attempt_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or
    (old.invoice_id, old.number, old.amount, old.currency, old.gateway, old.payment_method_id, old.token, old.provider_key)
      is distinct from
    (new.invoice_id, new.number, new.amount, new.currency, new.gateway, new.payment_method_id, new.token, new.provider_key)
    or (old.status in ('succeeded', 'failed') and old.status <> new.status) then
    raise exception 'payment attempt % does not change', old.id using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger payment_attempts_immutable before update or delete on payment_attempts
  for each row execute function refuse_attempt_change();

create table payments (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  gateway text not null,
  reference text not null,
  attempt_id text references payment_attempts,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  received_at timestamptz not null,
  unique (tenant_id, gateway, reference)
);
create index payments_customer on payments (tenant_id, customer_id, id);
select protect_tenant('payments');

create table payment_allocations (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  payment_id text not null references payments,
  invoice_id text not null references invoices,
  amount bigint not null check (amount > 0),
  created_at timestamptz not null,
  unique (payment_id, invoice_id)
);
create index payment_allocations_invoice on payment_allocations (invoice_id);
select protect_tenant('payment_allocations');

-- The built-in fake gateway's own book: the outside world, not ours. Only jobs/gateways/fake-gateway.ts touches it.
create schema fake_gateway;
create table fake_gateway.charges (
  provider_key text primary key,
  token text not null,
  amount bigint not null,
  currency text not null,
  -- lost: the request never reached the money.
  outcome text not null check (outcome in ('succeeded', 'declined', 'lost')),
  reference text not null unique,
  calls integer not null
);
create index fake_gateway_token on fake_gateway.charges (token);

-- Down Migration
drop schema fake_gateway cascade;
drop table payment_allocations;
drop table payments;
drop table payment_attempts;
drop function refuse_attempt_change();
