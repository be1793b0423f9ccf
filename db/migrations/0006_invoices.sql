-- Up Migration
-- Invoices and their lines. A draft gathers; from open on, money columns are frozen.

create table invoices (
  id text primary key,
  tenant_id text not null,
  customer_id text not null references customers,
  legal_entity_id text not null,
  kind text not null check (kind in ('cycle', 'supplement')),
  -- Legal entity, payer, currency, collection method and terms, in one string (ruling R15).
  group_key text not null,
  boundary_at timestamptz not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  number text,
  collection_method text not null check (collection_method in ('charge_automatically', 'send_invoice')),
  -- When the draft may be finalized: the latest cutoff of its lines.
  finalize_at timestamptz,
  issued_at timestamptz,
  issue_date date,
  due_at timestamptz,
  subtotal bigint not null default 0,
  tax bigint not null default 0,
  total bigint not null default 0,
  amount_paid bigint not null default 0,
  -- Collection: when the next attempt is due, and how many definite declines there were.
  next_attempt_at timestamptz,
  decline_count integer not null default 0,
  paid_at timestamptz,
  rung_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'draft') = (number is null)),
  check ((status = 'draft') = (issued_at is null)),
  check ((status = 'draft') = (finalize_at is not null)),
  check (total = subtotal + tax),
  check (amount_paid >= 0 and amount_paid <= greatest(total, 0)),
  check (status <> 'paid' or amount_paid = total),
  check (status = 'draft' or total >= 0)
);
-- The group names its tenant, legal entity and customer; the customer leads because a turn looks here too.
create unique index invoices_one_per_boundary on invoices (customer_id, boundary_at, group_key)
  where kind = 'cycle' and status <> 'void';
create unique index invoices_number on invoices (tenant_id, legal_entity_id, number) where number is not null;
create index invoices_customer on invoices (tenant_id, customer_id, id);
create index invoices_working on invoices (customer_id) where status in ('draft', 'open');
create index invoices_collect_due on invoices (next_attempt_at) where status = 'open' and next_attempt_at is not null;
select protect_tenant('invoices');

create table invoice_lines (
  id text primary key,
  tenant_id text not null,
  customer_id text not null,
  invoice_id text not null references invoices,
  position integer not null,
  kind text not null check (kind in ('fee', 'usage', 'late_usage')),
  description text not null,
  subscription_id text,
  charge_id text not null,
  run_id text not null references realization_runs,
  component text not null default 'amount',
  price_id text,
  quantity numeric not null,
  unit_amount numeric,
  amount bigint not null,
  currency text not null,
  service_start timestamptz not null,
  service_end timestamptz not null,
  frozen boolean not null default false,
  voided boolean not null default false,
  created_at timestamptz not null,
  unique (invoice_id, position)
);
-- The hard guard (ruling R15): a run is billed once per component.
create unique index invoice_lines_once on invoice_lines (run_id, component) where not voided;
create index invoice_lines_invoice on invoice_lines (invoice_id);
select protect_tenant('invoice_lines');

create function refuse_issued_invoice_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'invoice % is never deleted', old.id using errcode = 'integrity_constraint_violation';
  end if;
  if old.status <> 'draft' and
    (old.number, old.currency, old.subtotal, old.tax, old.total, old.issued_at, old.issue_date, old.customer_id, old.legal_entity_id)
      is distinct from
    (new.number, new.currency, new.subtotal, new.tax, new.total, new.issued_at, new.issue_date, new.customer_id, new.legal_entity_id) then
    raise exception 'invoice % is issued and does not change', old.id using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger invoices_frozen before update or delete on invoices
  for each row execute function refuse_issued_invoice_change();

create function refuse_frozen_line_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (old.frozen and
    (old.amount, old.quantity, old.unit_amount, old.invoice_id, old.run_id, old.description, new.frozen)
      is distinct from (new.amount, new.quantity, new.unit_amount, new.invoice_id, new.run_id, new.description, true)) then
    raise exception 'invoice line % is frozen', old.id using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger invoice_lines_frozen before update or delete on invoice_lines
  for each row execute function refuse_frozen_line_change();

-- Document numbers without gaps. The row is taken by the turn's last statement (ruling R20).
create table number_series (
  tenant_id text not null,
  legal_entity_id text not null references legal_entities,
  document_type text not null check (document_type in ('invoice', 'credit_note')),
  fiscal_year integer not null,
  last_number bigint not null check (last_number > 0),
  primary key (tenant_id, legal_entity_id, document_type, fiscal_year)
);
select protect_tenant('number_series');

-- Down Migration
drop table number_series;
drop table invoice_lines;
drop function refuse_frozen_line_change();
drop table invoices;
drop function refuse_issued_invoice_change();
