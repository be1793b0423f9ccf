// Owns reading the seller's books back over the API, in the form the demo checks and prints.
import type { Shop } from './shop.ts';

export type InvoiceLine = {
  readonly kind: 'fee' | 'usage' | 'late_usage';
  readonly description: string;
  readonly quantity: string;
  readonly amount: string;
  readonly priceKey: string;
  readonly serviceStart: string;
  readonly serviceEnd: string;
};

export type Invoice = {
  readonly id: string;
  readonly number: string | null;
  readonly status: string;
  readonly customerExternalId: string;
  readonly boundaryAt: string;
  readonly total: string;
  readonly amountPaid: string;
  readonly amountRemaining: string;
  readonly lines: readonly InvoiceLine[];
  readonly attempts: readonly { readonly status: string; readonly callCount: number }[];
};

export type BillingEvent = {
  readonly id: string;
  readonly type: string;
  readonly customerId: string | null;
  readonly sequence: string | null;
};

export type Books = {
  readonly invoices: readonly Invoice[];
  readonly payments: readonly { readonly amount: string; readonly unapplied: string }[];
  readonly events: readonly BillingEvent[];
  /** Debits positive, credits negative, minor units. */
  readonly accounts: readonly {
    readonly account: string;
    readonly currency: string;
    readonly balance: string;
  }[];
  readonly subscriptions: readonly { readonly status: string }[];
  readonly customers: readonly {
    readonly id: string;
    readonly externalId: string;
    readonly sequence: string;
    readonly parkedAt: string | null;
  }[];
  /** Requests the meter counted, of all customers. */
  readonly countedRequests: bigint;
};

/** Everything the seller's key can see of what happened. */
export async function readBooks({ api }: Shop): Promise<Books> {
  const [heads, payments, events, ledger, subscriptions, customers] = await Promise.all([
    api.list<{ id: string }>('/invoices'),
    api.list<Books['payments'][number]>('/payments'),
    api.list<BillingEvent>('/events'),
    api.get<{ data: Books['accounts'] }>('/ledger/balances'),
    api.list<Books['subscriptions'][number]>('/subscriptions'),
    api.list<Books['customers'][number]>('/customers'),
  ]);
  const invoices: Invoice[] = [];
  for (const { id } of heads) invoices.push(await api.get<Invoice>(`/invoices/${id}`));
  let countedRequests = 0n;
  for (const { id } of customers) {
    const span = 'start=2023-11-01T00:00:00Z&end=2023-12-01T00:00:00Z';
    const summary = await api.get<{ eventCount: string }>(
      `/usage/summary?meter=requests&customer=${id}&${span}`,
    );
    countedRequests += BigInt(summary.eventCount);
  }
  return { invoices, payments, events, accounts: ledger.data, subscriptions, customers, countedRequests };
}

export const sum = (amounts: readonly string[]): bigint =>
  amounts.reduce((total, amount) => total + BigInt(amount), 0n);
