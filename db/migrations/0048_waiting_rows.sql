-- Up Migration
-- Each index of rows that wait says so by another column (their checks hold them together): where two could answer, a plan that is
-- made while nothing waits takes either, and then reads what waits for everybody to find what waits for one.
drop index commands_queued_age;
create index commands_undecided on commands (created_at) where decided_at is null;
drop index webhook_deliveries_due_all;
create index webhook_deliveries_unfinished on webhook_deliveries (next_attempt_at) where finished_at is null;
drop index payment_attempts_due;
create index payment_attempts_unsettled on payment_attempts (next_call_at) where settled_at is null;
drop index payment_attempts_one_unresolved;
create unique index payment_attempts_one_unresolved on payment_attempts (invoice_id) where next_call_at is not null;
drop index realization_runs_one_open;
create unique index realization_runs_one_open on realization_runs (charge_id) where completed_at is null;
-- Who renews a claim asks for its lease only.
alter table payment_attempts add constraint payment_attempts_settled_is_free check (settled_at is null or lease_until is null);

-- Down Migration
alter table payment_attempts drop constraint payment_attempts_settled_is_free;
drop index realization_runs_one_open;
create unique index realization_runs_one_open on realization_runs (charge_id) where status = 'open';
drop index payment_attempts_one_unresolved;
create unique index payment_attempts_one_unresolved on payment_attempts (invoice_id) where status in ('intended', 'unknown');
drop index payment_attempts_unsettled;
create index payment_attempts_due on payment_attempts (next_call_at) where status in ('intended', 'unknown');
drop index webhook_deliveries_unfinished;
create index webhook_deliveries_due_all on webhook_deliveries (next_attempt_at) where status = 'pending';
drop index commands_undecided;
create index commands_queued_age on commands (created_at) where status = 'queued';
