// Owns what must hold of single figures: known currencies, and decimals that are numbers.
import { parseCurrency } from '#actors/money/currency.ts';
import type { ComputedInvariant, SqlInvariant } from './invariant.ts';

export const currencies: ComputedInvariant = {
  id: 'I20.currencies',
  title: 'every amount is in a currency whose minor unit is known',
  page: (tx, after, max) => tx`
    select currency as key, count(*) from (
      select currency from tenants union all select currency from customers union all select currency from plan_versions
      union all select currency from subscriptions union all select currency from charges union all select currency from invoices
      union all select currency from invoice_lines union all select currency from payment_attempts
      union all select currency from payments union all select currency from postings) c
    where currency > ${after} group by currency order by currency limit ${max}`,
  problemOf: ({ key, count }) =>
    parseCurrency(String(key)) === undefined ? `${count} rows have it` : undefined,
};

export const decimals: SqlInvariant = {
  id: 'I20.decimals',
  title: 'every stored decimal is a finite number',
  looked: (tx) => tx`
    select (select count(*) from meter_events) + (select count(*) from realization_runs) + (select count(*) from invoice_lines)`,
  broken: (tx) => tx`
    select subject, 'has ' || value as problem from (
      select meter_id || ' ' || event_ref as subject, value from meter_events
      union all select customer_id || ' ' || bucket, sum_value from usage_rollups
      union all select id, quantity from realization_runs
      union all select id, booked_quantity from charges
      union all select id, quantity from item_versions
      union all select id, quantity from invoice_lines
      union all select id, unit_amount from invoice_lines) d
    where value in ('NaN', 'Infinity', '-Infinity')`,
};
