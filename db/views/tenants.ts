// Owns how a tenant looks from outside.
import type { Tx } from '#db/scope.ts';
import type { NewTenant } from '#db/tenants.ts';

export type TenantView = NewTenant;

export async function findTenant(tx: Tx, tenantId: string): Promise<TenantView | undefined> {
  const rows = await tx<TenantView[]>`
    select id, name, sandbox, currency, zone, collection_interval_seconds as "collectionIntervalSeconds",
      invoice_due_days as "invoiceDueDays", late_usage_days as "lateUsageDays", late_usage_policy as "lateUsagePolicy",
      dunning_days as "dunningDays", created_at as "createdAt"
    from tenants where id = ${tenantId}`;
  return rows[0];
}
