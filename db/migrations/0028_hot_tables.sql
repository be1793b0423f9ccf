-- Up Migration
-- What every invoice writes, with fewer indexes and fewer checks of the same thing (decision 0037).

-- Also the first column of a unique index.
drop index invoice_lines_invoice;
-- Read only while a run is open.
drop index realization_runs_customer;
create index realization_runs_open on realization_runs (customer_id) where status = 'open';
-- Live charges are unique without their revision, and no two dead ones are made at once.
alter table charges drop constraint charges_tenant_id_origin_kind_service_start_revision_key;
-- An invoice's postings are found by their journal.
drop index postings_invoice;

-- Charges, runs and postings take the currency from their subscription or invoice, which check it.
alter table charges drop constraint charges_currency_check;
alter table postings drop constraint postings_currency_check;

-- Written beside their parents by one statement, which are never deleted. The doctor looks for those that belong to nothing.
alter table realization_runs drop constraint realization_runs_charge_id_fkey;
alter table invoice_lines drop constraint invoice_lines_invoice_id_fkey;
alter table invoice_lines drop constraint invoice_lines_run_id_fkey;
alter table postings drop constraint postings_journal_id_fkey;

create or replace function refuse_unbalanced_journal() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added a group by journal_id, currency
      having sum(amount) <> 0 or not exists (select 1 from journals j where j.id = a.journal_id)) then
    raise exception 'a journal does not sum to zero, or is not there' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;

-- Down Migration
create or replace function refuse_unbalanced_journal() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added group by journal_id, currency having sum(amount) <> 0) then
    raise exception 'a journal does not sum to zero' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
alter table postings add foreign key (journal_id) references journals;
alter table invoice_lines add foreign key (run_id) references realization_runs;
alter table invoice_lines add foreign key (invoice_id) references invoices;
alter table realization_runs add foreign key (charge_id) references charges;
alter table postings add check (currency ~ '^[A-Z]{3}$');
alter table charges add check (currency ~ '^[A-Z]{3}$');
create index postings_invoice on postings (invoice_id) where invoice_id is not null;
alter table charges add unique (tenant_id, origin, kind, service_start, revision);
drop index realization_runs_open;
create index realization_runs_customer on realization_runs (customer_id);
create index invoice_lines_invoice on invoice_lines (invoice_id);
