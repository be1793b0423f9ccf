-- Up Migration
-- Meters that change, and stored usage that is read again through a new or changed one (decision 0061).

-- Counts the changes of a meter: tells its present form from the one a process remembers.
alter table meters add column revision integer not null default 1 check (revision > 0);

-- One reading of stored events through one meter. Its place in them is a key, so that it goes on wherever it was stopped.
create table usage_reprocessings (
  id text primary key,
  tenant_id text not null,
  meter_id text not null references meters,
  -- Null: all customers of the tenant.
  customer_ids text[],
  from_time timestamptz not null,
  to_time timestamptz not null,
  -- What is billed already: left as it is, or set right by late lines and credits.
  billed text not null check (billed in ('leave', 'correct')),
  status text not null check (status in ('waiting', 'running', 'done', 'canceled')),
  -- It begins when no transaction is left that began before it, and every inbox row that they wrote is counted.
  created_xid bigint not null,
  inbox_upto bigint,
  -- Null: not begun, or more than it is worth to count.
  total bigint,
  done bigint not null default 0,
  -- Facts that are others than before; events that the meter cannot read; events left because they are billed.
  changed bigint not null default 0,
  invalid bigint not null default 0,
  skipped bigint not null default 0,
  -- Everything up to this event of this customer, and all customers before, is read.
  last_customer_id text,
  last_time timestamptz,
  last_ref bigint,
  command_id text not null,
  sent_by text,
  rung_at timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  updated_at timestamptz not null,
  finished_at timestamptz,
  check (from_time < to_time),
  check ((status in ('done', 'canceled')) = (finished_at is not null)),
  check ((last_customer_id is null) = (last_ref is null) and (last_ref is null) = (last_time is null))
);
create index usage_reprocessings_open on usage_reprocessings (rung_at) where status in ('waiting', 'running');
create index usage_reprocessings_tenant on usage_reprocessings (tenant_id, id);
select protect_tenant('usage_reprocessings');

-- Down Migration
drop table usage_reprocessings;
alter table meters drop column revision;
