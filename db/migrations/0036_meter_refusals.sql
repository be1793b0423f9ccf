-- Up Migration
-- What meters could not read in events that were refused: counted, so that a seller sees a sender that goes wrong.

create table meter_refusals (
  tenant_id text not null,
  meter_id text not null references meters,
  property text not null,
  code text not null,
  events bigint not null check (events > 0),
  -- System time.
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (meter_id, property, code)
);
select protect_tenant('meter_refusals');

-- Down Migration
drop table meter_refusals;
