-- Up Migration
-- Charges that stand still after a bug are few, and looked for by every sweep.
create index charges_parked on charges (customer_id) where parked_at is not null;

-- Down Migration
drop index charges_parked;
