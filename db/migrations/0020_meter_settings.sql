-- Up Migration
-- Meters that say more than an aggregation: averages, distinct values, percentiles, levels over time, buckets, multipliers,
-- and prices that come with the events.

alter table meters drop constraint meters_aggregation_check;
alter table meters
  add check (aggregation in ('count', 'sum', 'max', 'min', 'latest', 'average', 'unique_count', 'percentile',
    'time_weighted_average', 'time_weighted_sum')),
  -- actors/usage/meter-settings.ts is its shape; decimals as strings.
  add column settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  -- Whether its quantities are merged from rollups and edges alone: what does not is read by statements of its own.
  add column rolls_up boolean not null default true;

-- What a fact says beside its value: a key of the text it counts once, and the price that came with its event.
alter table usage_inbox
  add column fact_value_keys uuid[],
  add column fact_amounts numeric[];
alter table usage_inbox
  alter fact_value_keys set storage external, alter fact_amounts set storage external;
alter table meter_events
  -- Equal exactly where the counted texts are: first 16 bytes of their sha256.
  add column value_key uuid,
  add column amount numeric check (amount > -1e40 and amount < 1e40);
-- Null where no event of the hour came with a price.
alter table usage_rollups add column amount numeric;

-- Quotient of exact decimals to 18 places, half away from zero, rounded once: numeric's own division keeps fewer digits
-- of large totals. Null for no events.
create function quotient(total numeric, parts numeric) returns numeric language sql immutable strict parallel safe as $$
  select case when parts = 0 then null else
    sign(total) * sign(parts) * div(2e18 * abs(total) + abs(parts), 2 * abs(parts)) * 0.000000000000000001 end
$$;

-- The share-th percentile of ascending values: nearest rank, or interpolated between the two ranks around it. Null for none.
create function percentile_of(ascending numeric[], share numeric, interpolated boolean) returns numeric
language sql immutable parallel safe as $$
  select case
    when cardinality(ascending) = 0 or ascending is null then null
    when not interpolated then ascending[greatest(1, ceil(share * 0.01 * cardinality(ascending)))::integer]
    else (
      select ascending[floor(r)::integer] + (r - floor(r)) * (ascending[ceil(r)::integer] - ascending[floor(r)::integer])
      from (select 1 + share * 0.01 * (cardinality(ascending) - 1) as r) as rank
    ) end
$$;

-- Down Migration
drop function percentile_of(numeric[], numeric, boolean);
drop function quotient(numeric, numeric);
alter table usage_rollups drop column amount;
alter table meter_events drop column value_key, drop column amount;
alter table usage_inbox drop column fact_value_keys, drop column fact_amounts;
alter table meters drop constraint meters_aggregation_check, drop column settings, drop column rolls_up;
alter table meters add check (aggregation in ('count', 'sum', 'max', 'min', 'latest'));
