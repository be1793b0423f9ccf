// Owns the snapshot a decision sees: one customer's rows, as loaded under the lock. Rows are immutable values;
// their shapes are in state/.
import type { Charge } from '#actors/state/charge.ts';
import type { Customer, PaymentMethod } from '#actors/state/customer.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { Payment, PaymentAllocation, PaymentAttempt } from '#actors/state/payment.ts';
import type { AgreedPrice, Price } from '#actors/state/plan.ts';
import type { RealizationRun } from '#actors/state/realization-run.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Item, ItemVersion, Subscription } from '#actors/state/subscription.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';

/** An hour of a meter that received events after its period was closed (protocols H7). */
export type StaleBucket = { meterId: string; bucket: Instant };

/** Rows that a decision can change, by table. */
export type Tables = {
  customer: Customer;
  paymentMethods: PaymentMethod;
  subscriptions: Subscription;
  /** Only those of this turn: older ones are among the prices. */
  agreedPrices: AgreedPrice;
  items: Item;
  itemVersions: ItemVersion;
  charges: Charge;
  runs: RealizationRun;
  invoices: Invoice;
  lines: InvoiceLine;
  attempts: PaymentAttempt;
  payments: Payment;
  allocations: PaymentAllocation;
};

export type TableName = keyof Tables;

export type CustomerState = {
  tenant: TenantTerms;
  /** Names of the payment gateways there are. */
  gateways: readonly string[];
  rows: { readonly [T in TableName]: readonly Tables[T][] };
  /** By id: at least those of the rows. */
  prices: ReadonlyMap<string, Price>;
  stale: readonly StaleBucket[];
  /** Boundaries whose cycle invoice is issued, among those that this turn could still bill to. */
  issued: readonly { groupKey: string; boundaryAt: Instant }[];
  /** The earliest late check that lies ahead, over all charges of the customer, loaded or not. */
  nextLateCheckAt: Instant | null;
};
