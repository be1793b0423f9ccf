-- Up Migration
-- Double entry. Debits are positive, credits negative, minor units; a journal sums to zero per currency.

create table journals (
  id text primary key,
  tenant_id text not null,
  legal_entity_id text not null,
  customer_id text,
  kind text not null,
  -- What caused it, so that one cause posts once.
  source text not null,
  posted_at timestamptz not null,
  unique (tenant_id, kind, source)
);
select protect_tenant('journals');

create table postings (
  journal_id text not null references journals,
  position integer not null,
  tenant_id text not null,
  legal_entity_id text not null,
  customer_id text not null,
  account text not null,
  amount bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  invoice_id text,
  line_id text,
  service_start timestamptz,
  service_end timestamptz,
  primary key (journal_id, position)
);
create index postings_account on postings (tenant_id, account, currency);
create index postings_invoice on postings (invoice_id) where invoice_id is not null;
select protect_tenant('postings');

create function refuse_unbalanced_journal() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added group by journal_id, currency having sum(amount) <> 0) then
    raise exception 'a journal does not sum to zero' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger postings_balanced after insert on postings
  referencing new table as added for each statement execute function refuse_unbalanced_journal();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger journals_append_only before update or delete on journals for each row execute function refuse_change();
create trigger postings_append_only before update or delete on postings for each row execute function refuse_change();

-- Down Migration
drop table postings;
drop table journals;
drop function refuse_unbalanced_journal();
drop function refuse_change();
