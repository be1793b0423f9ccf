// Owns what the demo's seller sets up: a sandbox with a test clock, what is metered, what it costs, and who hears of it.
import type { WebhookReceiver } from '../support/webhook-receiver.ts';
import { type Api, createApi, type Json } from './api.ts';
import {
  CURRENCY,
  INPUT_TOKEN_TIERS,
  MONTHLY_FEE,
  OUTPUT_TOKEN_PRICE,
  REQUEST_PACKAGE,
} from './price-list.ts';
import { CUSTOMERS } from './trace.ts';

export const PLAN = 'llm-api';
export const EVENT_TYPE = 'llm.request';

const METERS: readonly Json[] = [
  { key: 'requests', name: 'Requests', eventType: EVENT_TYPE, aggregation: 'count' },
  {
    key: 'input_tokens',
    name: 'Input tokens',
    eventType: EVENT_TYPE,
    aggregation: 'sum',
    valueProperty: 'input_tokens',
  },
  {
    key: 'output_tokens',
    name: 'Output tokens',
    eventType: EVENT_TYPE,
    aggregation: 'sum',
    valueProperty: 'output_tokens',
  },
];

const PRICES: readonly Json[] = [
  {
    key: 'fee',
    name: 'Monthly fee',
    cadence: 'in_advance',
    model: { type: 'flat', amount: MONTHLY_FEE },
  },
  {
    key: 'requests',
    name: 'Requests',
    cadence: 'in_arrears',
    meter: 'requests',
    model: { type: 'package', ...REQUEST_PACKAGE },
  },
  {
    key: 'input_tokens',
    name: 'Input tokens',
    cadence: 'in_arrears',
    meter: 'input_tokens',
    model: { type: 'graduated', tiers: INPUT_TOKEN_TIERS },
  },
  {
    key: 'output_tokens',
    name: 'Output tokens',
    cadence: 'in_arrears',
    meter: 'output_tokens',
    model: { type: 'per_unit', unitAmount: OUTPUT_TOKEN_PRICE },
  },
];

export type Shop = {
  /** With the new tenant's own key. */
  readonly api: Api;
  readonly clockId: string;
  /** Different in every run, so that mails and cards of an earlier run are told apart. */
  readonly domain: string;
};

/** How to reach the servers; the key of each client is added. */
export type Servers = {
  readonly origins: readonly string[];
  readonly patienceMs?: number | undefined;
  readonly signal: AbortSignal;
};

/** A new seller every time, so the demo runs again and again on the same data. */
export async function openShop(
  servers: Servers,
  { operatorKey, receiver }: { readonly operatorKey: string; readonly receiver: WebhookReceiver },
): Promise<Shop> {
  const operator = createApi({ ...servers, key: operatorKey });
  const tenant = await operator.post<{ id: string; apiKey: { key: string } }>('/tenants', {
    name: 'Tokens & Sons',
    sandbox: true,
    currency: CURRENCY,
    zone: 'UTC',
    collectionIntervalSeconds: 3600,
    dunningDays: [3, 5, 7],
  });
  const api = createApi({ ...servers, key: tenant.apiKey.key });
  const endpoint = await api.post<{ secret: string }>('/webhook-endpoints', { url: receiver.url });
  receiver.trust(endpoint.secret);
  const clock = await api.post<{ id: string }>('/test-clocks', { name: 'demo', now: '2023-11-01T00:00:00Z' });
  for (const meter of METERS) await api.post('/meters', meter);
  await api.post('/plans', {
    key: PLAN,
    name: 'LLM API',
    currency: CURRENCY,
    interval: 'month',
    prices: PRICES,
  });
  const domain = `${tenant.id.replace('_', '-')}.example`;
  return { api, clockId: clock.id, domain };
}

/** customer-01 to customer-25: the seller's own ids. */
export function customerName(customer: number): string {
  return `customer-${String(customer).padStart(2, '0')}`;
}

/** Customers with a good card on the test clock, each subscribed to the plan from the clock's now. */
export async function subscribeCustomers(
  { api, clockId, domain }: Shop,
  progress: (done: number) => void,
): Promise<void> {
  for (let customer = 1; customer <= CUSTOMERS; customer += 1) {
    const externalId = customerName(customer);
    await api.post('/customers', {
      externalId,
      name: `Customer ${customer}`,
      email: `${externalId}@${domain}`,
      testClock: clockId,
      paymentMethod: { gateway: 'fake', token: `tok_ok_${externalId}`, brand: 'visa', last4: '4242' },
    });
    await api.post('/subscriptions', { customer: `ext:${externalId}`, plan: PLAN });
    progress(customer);
  }
}

/** The customer's default card becomes one that behaves as its token says; see jobs/gateways/fake-gateway.ts. */
export async function replaceCard({ api, domain }: Shop, customer: number, behaviour: string): Promise<void> {
  await api.post(`/customers/ext:${customerName(customer)}/payment-methods`, {
    gateway: 'fake',
    // The gateway remembers tokens: this run's are its own.
    token: `tok_${behaviour}_${customerName(customer)}.${domain}`,
    brand: 'visa',
    last4: '0002',
    isDefault: true,
  });
}
