// Owns what must hold between tenants: every table has its wall, and no row points into another tenant.
import type { SqlInvariant } from './invariant.ts';

export const walls: SqlInvariant = {
  id: 'I16.walls',
  title: 'row-level security is forced on every table of a tenant, partitions included',
  looked: (tx) => tx`
    select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
  broken: (tx) => tx`
    select c.relname as subject, case when c.relforcerowsecurity then 'has no policy' else 'has no forced row-level security' end
      as problem
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and c.relname <> 'schema_migrations'
      and not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid))`,
};

/** Child, its column, parent. Foreign keys do not compare tenants. */
const REFERENCES = [
  ['customers', 'clock_id', 'test_clocks'],
  ['payment_methods', 'customer_id', 'customers'],
  ['subscriptions', 'customer_id', 'customers'],
  ['subscriptions', 'plan_version_id', 'plan_versions'],
  ['items', 'subscription_id', 'subscriptions'],
  ['item_versions', 'item_id', 'items'],
  ['item_versions', 'price_id', 'prices'],
  ['item_versions', 'subscription_id', 'subscriptions'],
  ['prices', 'meter_id', 'meters'],
  ['price_unit_rates', 'unit_id', 'price_units'],
  ['charges', 'customer_id', 'customers'],
  ['charges', 'item_id', 'items'],
  ['realization_runs', 'charge_id', 'charges'],
  ['invoices', 'customer_id', 'customers'],
  ['invoice_lines', 'invoice_id', 'invoices'],
  ['payment_attempts', 'invoice_id', 'invoices'],
  ['payments', 'attempt_id', 'payment_attempts'],
  ['payment_allocations', 'payment_id', 'payments'],
  ['postings', 'journal_id', 'journals'],
  ['commands', 'customer_id', 'customers'],
  ['billing_events', 'customer_id', 'customers'],
  ['webhook_deliveries', 'endpoint_id', 'webhook_endpoints'],
  ['webhook_attempts', 'delivery_id', 'webhook_deliveries'],
  ['emails', 'customer_id', 'customers'],
  ['usage_events', 'customer_id', 'customers'],
  ['meter_events', 'meter_id', 'meters'],
  ['usage_rollups', 'customer_id', 'customers'],
] as const;

export const references: SqlInvariant = {
  id: 'I16.references',
  title: 'no row belongs to something of another tenant, or to nothing',
  looked: (tx) => tx`select ${REFERENCES.length}::bigint`,
  broken: (tx) =>
    REFERENCES.map(
      ([child, column, parent]) => tx`
        select c.tenant_id || ' ' || ${child} || ' ' || c.${tx(column)} as subject,
          coalesce('belongs to tenant ' || p.tenant_id, 'does not exist') as problem
        from ${tx(child)} c left join ${tx(parent)} p on p.id = c.${tx(column)}
        where c.${tx(column)} is not null and p.tenant_id is distinct from c.tenant_id`,
    ).reduce((all, one) => tx`${all} union all ${one}`),
};
