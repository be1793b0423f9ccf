-- Up Migration
-- Rows as the statement that saves a turn takes them (db/save/saved-types.ts names the same attributes in the same order).

create type saved_customer as (id text, sequence bigint, due_at timestamptz, closed_through timestamptz,
  parked_at timestamptz, parked_reason text);
create type saved_payment_method as (id text, customer_id text, gateway text, token text, brand text, last4 text,
  is_default boolean, created_at timestamptz);
create type saved_subscription as (id text, customer_id text, plan_version_id text, status text, currency text, zone text,
  interval text, interval_count integer, anchor_at timestamptz, period_index integer, period_start timestamptz,
  period_end timestamptz, cancel_at timestamptz, ended_at timestamptz, follows_plan boolean,
  next_plan_version_id text, created_at timestamptz);
create type saved_agreed_price as (id text, customer_id text, parent_price_id text, price jsonb);
create type saved_item as (id text, customer_id text, subscription_id text, position integer);
create type saved_item_version as (id text, customer_id text, item_id text, price_id text, meter_id text, quantity numeric,
  usage_scope text, effective_from timestamptz, effective_to timestamptz);
create type saved_charge as (id text, customer_id text, subscription_id text, item_id text, origin text, kind text,
  settlement_mode text, status text, revision integer, currency text, price_id text, meter_id text, scope_id text,
  quantity numeric, rating jsonb, service_start timestamptz, service_end timestamptz, billed_at timestamptz,
  cutoff_at timestamptz, advance_at timestamptz, late_check_at timestamptz, sealed_at timestamptz, booked_amount bigint,
  booked_quantity numeric, run_count integer, parked_at timestamptz, parked_reason text, created_at timestamptz);
create type saved_run as (id text, customer_id text, charge_id text, number integer, kind text, status text,
  period_end timestamptz, cutoff_at timestamptz, quantity numeric, event_count bigint, list_amount bigint,
  booked_amount bigint, explanation jsonb, line_id text, disposition text, created_at timestamptz, completed_at timestamptz);
create type saved_invoice as (id text, customer_id text, legal_entity_id text, kind text, group_key text,
  boundary_at timestamptz, currency text, status text, number text, number_position bigint, year integer,
  collection_method text, finalize_at timestamptz, issued_at timestamptz, issue_date date, due_at timestamptz,
  subtotal bigint, tax bigint, total bigint, amount_paid bigint, next_attempt_at timestamptz, decline_count integer,
  paid_at timestamptz, created_at timestamptz);
create type saved_line as (id text, customer_id text, invoice_id text, position integer, kind text, description text,
  subscription_id text, charge_id text, run_id text, component text, price_id text, quantity numeric, unit_amount numeric,
  amount bigint, currency text, service_start timestamptz, service_end timestamptz, frozen boolean, created_at timestamptz);
create type saved_attempt as (id text, customer_id text, invoice_id text, number integer, status text, amount bigint,
  currency text, gateway text, payment_method_id text, token text, provider_key text, provider_reference text,
  decline_code text, decline_message text, epoch integer, next_call_at timestamptz, created_at timestamptz,
  settled_at timestamptz);
create type saved_payment as (id text, customer_id text, gateway text, reference text, attempt_id text, amount bigint,
  currency text, received_at timestamptz);
create type saved_allocation as (id text, customer_id text, payment_id text, invoice_id text, amount bigint,
  created_at timestamptz);
create type saved_journal as (id text, legal_entity_id text, customer_id text, kind text, source text, posted_at timestamptz);
create type saved_posting as (journal_id text, position integer, legal_entity_id text, customer_id text, account text,
  amount bigint, currency text, invoice_id text, line_id text, service_start timestamptz, service_end timestamptz);
create type saved_event as (id text, customer_id text, sequence bigint, type text, object_type text, object_id text,
  data text, previous jsonb, occurred_at timestamptz, trace text, placeholder text, number_position bigint, year integer);
create type saved_answer as (id text, result jsonb);
create type saved_stale as (customer_id text, meter_id text, bucket timestamptz);
create type saved_series as (entity text, year integer, count bigint);

-- Down Migration
drop type saved_customer, saved_payment_method, saved_subscription, saved_agreed_price, saved_item, saved_item_version, saved_charge, saved_run,
  saved_invoice, saved_line, saved_attempt, saved_payment, saved_allocation, saved_journal, saved_posting, saved_event,
  saved_answer, saved_stale, saved_series;
