-- Up Migration
-- Events that were set right: amended or retracted, with a trail that stays. Who sent a command is kept with it.

-- An id of an API key, or what a program in the same process calls itself.
alter table commands add column sent_by text check (length(sent_by) between 1 and 255);

-- The event as it counts now; what it said before is in its corrections. Its identity is for ever, retracted or not.
alter table usage_events
  add column corrected_at timestamptz,
  add column retracted_at timestamptz;

create table usage_corrections (
  id text primary key,
  tenant_id text not null,
  customer_id text not null,
  event_ref bigint not null,
  source text not null,
  event_id text not null,
  kind text not null check (kind in ('amend', 'retract')),
  reason text not null check (length(reason) between 1 and 500),
  -- {time, properties, retracted} of the event before and after.
  before jsonb not null,
  after jsonb not null,
  command_id text not null,
  sent_by text,
  -- System time.
  created_at timestamptz not null
);
create index usage_corrections_customer on usage_corrections (customer_id, id);
create index usage_corrections_tenant on usage_corrections (tenant_id, id);
select protect_tenant('usage_corrections');

create function refuse_correction_change() returns trigger language plpgsql as $$
begin
  raise exception 'correction % is written and does not change', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger usage_corrections_immutable before update or delete on usage_corrections
  for each row execute function refuse_correction_change();

-- Down Migration
drop table usage_corrections;
drop function refuse_correction_change();
alter table usage_events drop column corrected_at, drop column retracted_at;
alter table commands drop column sent_by;
