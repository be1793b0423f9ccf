-- Up Migration
-- Prices with terms, and what a charge remembers to be rated by them.

-- Everything of a price but its charge model, null when there is nothing: actors/pricing/usage-price.ts is its shape.
alter table prices add column terms jsonb;
-- What rating needs beyond price and quantity, null for a plain price: actors/state/rating-frame.ts is its shape.
alter table charges add column rating jsonb;

-- Down Migration
alter table charges drop column rating;
alter table prices drop column terms;
