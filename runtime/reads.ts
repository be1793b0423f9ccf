// Owns reading for code in the same process: the views of the HTTP API, one tenant at a time, page by page.

import type { Sql, Tx } from '#db/scope.ts';
import { listBillingEvents, listCustomerEvents } from '#db/views/billing-events.ts';
import { findCustomer, listCustomers } from '#db/views/customers.ts';
import { findInvoice } from '#db/views/invoice-detail.ts';
import { listInvoices } from '#db/views/invoices.ts';
import { listAccountBalances } from '#db/views/ledger.ts';
import { explainLine } from '#db/views/line-explanation.ts';
import { listMeterRefusals } from '#db/views/meter-refusals.ts';
import { findMeter, listMeters } from '#db/views/meters.ts';
import { listPayments } from '#db/views/payments.ts';
import { findPlan, listPlans, listPlanVersions } from '#db/views/plans.ts';
import { findPriceUnit, listPriceUnits } from '#db/views/price-units.ts';
import { readTenant, type Slice } from '#db/views/read-tenant.ts';
import { findSubscription, listSubscriptions } from '#db/views/subscriptions.ts';
import { findTenant } from '#db/views/tenants.ts';
import { findTestClock, listTestClocks } from '#db/views/test-clocks.ts';
import { listUsageCorrections } from '#db/views/usage-corrections.ts';
import { listUsageEvents, usageEventKey } from '#db/views/usage-events.ts';
import { findReprocessing, listReprocessings } from '#db/views/usage-reprocessings.ts';
import { listWebhookDeliveries } from '#db/views/webhook-deliveries.ts';
import { findWebhookEndpoint, listWebhookEndpoints } from '#db/views/webhook-endpoints.ts';

const PAGE_MAX = 100;

/** `next` is the key to continue after; absent on the last page. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined };

type List<F, T> = (tx: Tx, tenantId: string, asked: Slice & F) => Promise<T[]>;
type Find<T> = (tx: Tx, tenantId: string, name: string) => Promise<T | undefined>;
type Asked<F> = { readonly limit?: number; readonly after?: string } & {
  readonly [K in keyof F as undefined extends F[K] ? K : never]?: F[K];
} & { readonly [K in keyof F as undefined extends F[K] ? never : K]: F[K] };

export type Reads = ReturnType<typeof createReads>;

export function createReads(sql: Sql) {
  const find =
    <T>(view: Find<T>) =>
    (tenant: string, name: string): Promise<T | undefined> =>
      readTenant(sql, tenant, (tx) => view(tx, tenant, name));

  const list =
    <F, T>(view: List<F, T>, keyOf: (item: T) => string) =>
    async (tenant: string, asked: Asked<F>): Promise<Page<T>> => {
      const limit = Math.min(Math.max(asked.limit ?? PAGE_MAX, 1), PAGE_MAX);
      // A view names every filter, absent ones as undefined; a caller leaves them out.
      const slice = { ...asked, limit, after: asked.after } as unknown as Slice & F;
      const rows = await readTenant(sql, tenant, (tx) => view(tx, tenant, slice));
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : undefined };
    };

  const id = (item: { readonly id: string }): string => item.id;
  return {
    tenant: (tenant: string) => readTenant(sql, tenant, (tx) => findTenant(tx, tenant)),
    priceUnits: { find: find(findPriceUnit), list: list(listPriceUnits, id) },
    meters: {
      find: find(findMeter),
      list: list(listMeters, id),
      /** Events that were refused because the meter (by id) could not read them. */
      refusals: (tenant: string, meterId: string) =>
        readTenant(sql, tenant, (tx) => listMeterRefusals(tx, tenant, meterId)),
    },
    plans: {
      find: find(findPlan),
      list: list(listPlans, id),
      versions: list(
        async (...asked: Parameters<typeof listPlanVersions>) => (await listPlanVersions(...asked)) ?? [],
        ({ version }) => version.id,
      ),
    },
    customers: { find: find(findCustomer), list: list(listCustomers, id) },
    subscriptions: { find: find(findSubscription), list: list(listSubscriptions, id) },
    invoices: {
      find: find(findInvoice),
      list: list(listInvoices, id),
      /** Why a line costs what it does, rated again from stored facts. */
      explainLine: (tenant: string, invoiceId: string, lineId: string) =>
        readTenant(sql, tenant, (tx) => explainLine(tx, tenant, { invoiceId, lineId })),
    },
    payments: { list: list(listPayments, id) },
    accountBalances: (tenant: string) => readTenant(sql, tenant, (tx) => listAccountBalances(tx, tenant)),
    billingEvents: {
      list: list(listBillingEvents, id),
      ofCustomer: list(listCustomerEvents, (event) => event.sequence ?? ''),
    },
    /** Properties are JSON text here, so that no digit is lost; keys of pages are the views' own. */
    usageEvents: { list: list(listUsageEvents, usageEventKey) },
    usageCorrections: { list: list(listUsageCorrections, id) },
    usageReprocessings: { find: find(findReprocessing), list: list(listReprocessings, id) },
    testClocks: { find: find(findTestClock), list: list(listTestClocks, id) },
    webhookEndpoints: { find: find(findWebhookEndpoint), list: list(listWebhookEndpoints, id) },
    webhookDeliveries: { list: list(listWebhookDeliveries, id) },
  };
}
