-- Up Migration
-- Charges (the intent to bill one origin for one service period) and their realization runs (what was booked).

create table charges (
  id text primary key,
  tenant_id text not null,
  customer_id text not null,
  subscription_id text,
  -- The item names its subscription and customer: one foreign key stands for the three (each check costs a turn 20 µs).
  item_id text references items,
  -- The item version, or the creating command for one_off and credit_purchase (ruling R12).
  origin text not null,
  kind text not null check (kind in ('flat_fee', 'usage_based', 'credit_purchase', 'one_off')),
  settlement_mode text not null check (settlement_mode in ('credit_only', 'credit_then_invoice')),
  status text not null check (status in ('created', 'active', 'issuing',
    'active.partial_realization.started', 'active.partial_realization.waiting_for_collection',
    'active.partial_realization.processing', 'active.partial_realization.issuing', 'active.partial_realization.completed',
    'active.final_realization.started', 'active.final_realization.waiting_for_collection',
    'active.final_realization.processing', 'active.final_realization.issuing', 'active.final_realization.completed',
    'final', 'deleted', 'superseded')),
  revision integer not null default 0 check (revision >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price_id text,
  meter_id text,
  -- '' for customer scope, else the subscription whose events count.
  scope_id text not null default '',
  quantity numeric check (quantity >= 0 and quantity < 1e15),
  service_start timestamptz not null,
  service_end timestamptz not null,
  -- The cycle boundary at which the charge is billed: with the group key it names the invoice.
  billed_at timestamptz not null,
  -- Exclusive bound on received_at of the final run: fixed when that run starts, never computed again.
  cutoff_at timestamptz,
  advance_at timestamptz,
  -- While set, late usage is looked for; null once sealed (ruling R7).
  late_check_at timestamptz,
  sealed_at timestamptz,
  -- Sum of list amounts of completed runs that are not released, minor units (ruling R4).
  booked_amount bigint not null default 0,
  booked_quantity numeric not null default 0,
  run_count integer not null default 0,
  parked_at timestamptz,
  parked_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (service_start < service_end),
  check ((status in ('final', 'deleted', 'superseded')) = (advance_at is null)),
  unique (tenant_id, origin, kind, service_start, revision),
  -- Item and kind as one 64-bit hash: GiST over text took half of a turn's save (measured).
  constraint charges_do_not_overlap exclude using gist
    (hashtextextended(item_id || ' ' || kind, 0) with =, tstzrange(service_start, service_end) with &&)
    where (status not in ('deleted', 'superseded') and item_id is not null)
);
create unique index charges_live on charges (tenant_id, origin, kind, service_start)
  where status not in ('deleted', 'superseded');
create index charges_open on charges (customer_id) where status not in ('final', 'deleted', 'superseded');
create index charges_unsealed on charges (customer_id, meter_id) where late_check_at is not null;
select protect_tenant('charges');

create table realization_runs (
  id text primary key,
  tenant_id text not null,
  customer_id text not null,
  charge_id text not null references charges,
  number integer not null check (number > 0),
  kind text not null check (kind in ('partial', 'final', 'late_usage')),
  status text not null check (status in ('open', 'completed', 'released')),
  period_end timestamptz not null,
  cutoff_at timestamptz not null,
  -- Cumulative from the charge's service start.
  quantity numeric,
  event_count bigint,
  -- Rated value of the cumulative quantity, rounded once, minor units; booked_amount is its difference to earlier runs.
  list_amount bigint,
  booked_amount bigint,
  -- Rating steps and the usage buckets they stood on, so that the amount can be explained from stored facts.
  explanation jsonb,
  line_id text,
  -- waived: booked without a line (zero amount, or lateness policy).
  disposition text not null check (disposition in ('line', 'waived')),
  created_at timestamptz not null,
  completed_at timestamptz,
  unique (charge_id, number),
  check ((status = 'open') = (completed_at is null)),
  check (status = 'open' or (quantity is not null and event_count is not null and list_amount is not null and booked_amount is not null))
);
create unique index realization_runs_one_open on realization_runs (charge_id) where status = 'open';
create index realization_runs_customer on realization_runs (customer_id);
select protect_tenant('realization_runs');

create function refuse_completed_run_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (old.status <> 'open'
    and (old.quantity, old.event_count, old.list_amount, old.booked_amount, old.period_end, old.cutoff_at)
      is distinct from (new.quantity, new.event_count, new.list_amount, new.booked_amount, new.period_end, new.cutoff_at)) then
    raise exception 'realization run % is completed and does not change', old.id using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger realization_runs_immutable before update or delete on realization_runs
  for each row execute function refuse_completed_run_change();

-- Down Migration
drop table realization_runs;
drop function refuse_completed_run_change();
drop table charges;
