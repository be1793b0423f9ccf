// Owns what ingest must know of a tenant to check its usage: meters, customers and their clocks, subscriptions.
import type { Tx } from './scope.ts';

export type MeterRow = {
  readonly id: string;
  readonly eventType: string;
  readonly aggregation: string;
  readonly valueProperty: string | null;
  readonly filters: unknown;
  readonly dimensions: string[];
  readonly settings: unknown;
};

/** All meters of a tenant, and the version that tells this set from any other. */
export async function loadMeters(tx: Tx, tenantId: string): Promise<{ version: string; meters: MeterRow[] }> {
  const meters = await tx<(MeterRow & { revision: number })[]>`
    select id, event_type as "eventType", aggregation, value_property as "valueProperty", filters, dimensions,
      settings, revision
    from meters where tenant_id = ${tenantId} order by id`;
  // By name, so that the key of a fact's dimensions does not depend on the order in which a meter lists them.
  for (const meter of meters) meter.dimensions.sort();
  const revisions = meters.reduce((sum, { revision }) => sum + revision, 0);
  return { version: `${meters.length}${meters.at(-1)?.id ?? ''}${revisions}`, meters };
}

export type CustomerRow = { readonly ref: string; readonly id: string; readonly clockId: string | null };

/** Customers by the seller's id or ours; the seller's wins. References that nobody has are left out. */
export async function findCustomers(
  tx: Tx,
  tenantId: string,
  refs: readonly string[],
): Promise<CustomerRow[]> {
  return await tx<CustomerRow[]>`
    select distinct on (r.ref) r.ref, c.id, c.clock_id as "clockId"
    from unnest(${refs as string[]}::text[]) as r (ref)
    join customers c on c.tenant_id = ${tenantId} and (c.external_id = r.ref or c.id = r.ref)
    order by r.ref, c.external_id = r.ref desc`;
}

/** Which of the named subscriptions belong to the customer named beside them. */
export async function findSubscriptions(
  tx: Tx,
  tenantId: string,
  pairs: readonly { readonly customerId: string; readonly subscriptionId: string }[],
): Promise<{ id: string; customerId: string }[]> {
  return await tx<{ id: string; customerId: string }[]>`
    select s.id, s.customer_id as "customerId"
    from unnest(${pairs.map((pair) => pair.subscriptionId)}::text[], ${pairs.map((pair) => pair.customerId)}::text[])
      as p (id, customer_id)
    join subscriptions s on s.tenant_id = ${tenantId} and s.id = p.id and s.customer_id = p.customer_id`;
}

/** The present of test clocks, RFC 3339. */
export async function loadClockTimes(
  tx: Tx,
  tenantId: string,
  clockIds: readonly string[],
): Promise<{ id: string; nowAt: string }[]> {
  return await tx<{ id: string; nowAt: string }[]>`
    select id, now_at as "nowAt" from test_clocks
    where tenant_id = ${tenantId} and id = any(${clockIds as string[]}::text[])`;
}
