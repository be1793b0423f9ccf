// Owns what this process remembers of tenants to check usage without asking: meters by event type, customers, subscriptions.
// Remembers only what never changes; that a tenant's set of meters has grown is noticed when a batch is written.
import type { Meter } from '#actors/usage/meter.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { findCustomers, findSubscriptions, loadClockTimes, loadMeters } from '#db/usage-catalog.ts';
import { createBoundedCache } from './bounded-cache.ts';

const TENANTS_MAX = 1_000;
const CUSTOMERS_MAX = 50_000;
const SUBSCRIPTIONS_MAX = 20_000;

export type TenantMeters = {
  /** Tells this set of meters from any other of the tenant. */
  readonly version: string;
  readonly byType: ReadonlyMap<string, readonly Meter[]>;
};

export type KnownCustomer = { readonly id: string; readonly clockId: string | null };

/** What a batch refers to, each once. */
type Asked = {
  readonly customers: ReadonlySet<string>;
  readonly subscriptions: ReadonlyMap<string, string>;
};

export type UsageCatalog = {
  /** `fresh`: do not answer from memory. */
  meters(tenantId: string, fresh?: boolean): Promise<TenantMeters>;
  /** By reference; unknown ones are absent, and asked for again next time. */
  customers(tenantId: string, refs: ReadonlySet<string>): Promise<ReadonlyMap<string, KnownCustomer>>;
  /** Subscription to customer: the pairs that do not exist are returned. */
  unknownSubscriptions(tenantId: string, pairs: Asked['subscriptions']): Promise<ReadonlySet<string>>;
  /** The present of test clocks: never from memory. */
  clockTimes(tenantId: string, clockIds: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
};

export function createUsageCatalog(sql: Sql): UsageCatalog {
  const metersOf = createBoundedCache<TenantMeters>(TENANTS_MAX);
  const customerOf = createBoundedCache<KnownCustomer>(CUSTOMERS_MAX);
  const ownerOf = createBoundedCache<string>(SUBSCRIPTIONS_MAX);

  return {
    async meters(tenantId, fresh = false) {
      const known = fresh ? undefined : metersOf.get(tenantId);
      if (known !== undefined) return known;
      const loaded = await inTenant(sql, tenantId, (tx) => loadMeters(tx, tenantId));
      const byType = Map.groupBy(loaded.meters as Meter[], (meter) => meter.eventType);
      const meters = { version: loaded.version, byType };
      metersOf.set(tenantId, meters);
      return meters;
    },

    async customers(tenantId, refs) {
      const found = new Map<string, KnownCustomer>();
      const missing: string[] = [];
      for (const ref of refs) {
        const known = customerOf.get(`${tenantId} ${ref}`);
        if (known === undefined) missing.push(ref);
        else found.set(ref, known);
      }
      if (missing.length === 0) return found;
      for (const row of await inTenant(sql, tenantId, (tx) => findCustomers(tx, tenantId, missing))) {
        const customer = { id: row.id, clockId: row.clockId };
        customerOf.set(`${tenantId} ${row.ref}`, customer);
        found.set(row.ref, customer);
      }
      return found;
    },

    async unknownSubscriptions(tenantId, pairs) {
      const missing = [...pairs]
        .filter(([id, customerId]) => ownerOf.get(`${tenantId} ${id}`) !== customerId)
        .map(([subscriptionId, customerId]) => ({ subscriptionId, customerId }));
      if (missing.length === 0) return new Set();
      const unknown = new Set(missing.map((pair) => pair.subscriptionId));
      for (const row of await inTenant(sql, tenantId, (tx) => findSubscriptions(tx, tenantId, missing))) {
        ownerOf.set(`${tenantId} ${row.id}`, row.customerId);
        unknown.delete(row.id);
      }
      return unknown;
    },

    async clockTimes(tenantId, clockIds) {
      const rows = await inTenant(sql, tenantId, (tx) => loadClockTimes(tx, tenantId, [...clockIds]));
      return new Map(rows.map((row) => [row.id, row.nowAt]));
    },
  };
}
