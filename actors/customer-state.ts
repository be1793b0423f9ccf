// Owns the snapshot a decision sees: one customer's rows, as loaded under the lock. Rows are immutable values.
// Times are the customer's (BusinessTime) unless a comment says system time.
import type { Currency } from '#actors/money/currency.ts';
import type { PriceModel } from '#actors/pricing/price.ts';

/** A point in the customer's time unless a comment says system time. */
export type Instant = Temporal.Instant;
/** Minor units of the row's currency. */
export type Minor = bigint;
/** Plain decimal text, any precision. */
export type DecimalText = string;

export type TenantTerms = {
  id: string;
  legalEntityId: string;
  entityZone: string;
  numberPrefix: string;
  collectionIntervalSeconds: number;
  invoiceDueDays: number;
  lateUsageDays: number;
  lateUsagePolicy: 'next_invoice' | 'credit_note_only' | 'ignore';
  dunningDays: readonly number[];
};

export type Customer = {
  id: string;
  externalId: string;
  name: string;
  currency: Currency;
  zone: string;
  clockId: string | null;
  autoCollect: boolean;
  sequence: bigint;
  dueAt: Instant | null;
  closedThrough: Instant | null;
  parkedAt: Instant | null;
  parkedReason: string | null;
};

export type PaymentMethod = {
  id: string;
  gateway: string;
  token: string;
  brand: string | null;
  last4: string | null;
  isDefault: boolean;
};

export type SubscriptionStatus =
  | 'scheduled'
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'paused'
  | 'canceled'
  | 'unpaid';

export type BillingInterval = 'day' | 'week' | 'month' | 'year';

export type Subscription = {
  id: string;
  planVersionId: string;
  status: SubscriptionStatus;
  currency: Currency;
  zone: string;
  interval: BillingInterval;
  intervalCount: number;
  anchorAt: Instant;
  periodIndex: number;
  periodStart: Instant;
  periodEnd: Instant;
  cancelAt: Instant | null;
  endedAt: Instant | null;
  createdAt: Instant;
};

export type Item = { id: string; subscriptionId: string; position: number };

export type UsageScope = 'customer' | 'subscription';

export type ItemVersion = {
  id: string;
  itemId: string;
  subscriptionId: string;
  priceId: string;
  meterId: string | null;
  quantity: DecimalText;
  usageScope: UsageScope;
  effectiveFrom: Instant;
  effectiveTo: Instant | null;
};

export type Price = {
  id: string;
  key: string;
  name: string;
  cadence: 'in_advance' | 'in_arrears';
  meterId: string | null;
  model: PriceModel;
};

export type ChargeKind = 'flat_fee' | 'usage_based';
export type FlatFeeStatus = 'created' | 'active' | 'issuing' | 'final' | 'deleted';
export type UsageChargeStatus =
  | 'created'
  | 'active'
  | 'active.final_realization.started'
  | 'active.final_realization.waiting_for_collection'
  | 'active.final_realization.processing'
  | 'active.final_realization.issuing'
  | 'active.final_realization.completed'
  | 'final'
  | 'deleted';

/** Fields that every kind of charge has. */
export type ChargeBase = {
  id: string;
  subscriptionId: string;
  itemId: string;
  origin: string;
  settlementMode: 'credit_only' | 'credit_then_invoice';
  revision: number;
  currency: Currency;
  priceId: string;
  meterId: string | null;
  scopeId: string;
  quantity: DecimalText | null;
  serviceStart: Instant;
  serviceEnd: Instant;
  billedAt: Instant;
  cutoffAt: Instant | null;
  /** Null exactly when the charge is final, deleted or superseded. */
  advanceAt: Instant | null;
  lateCheckAt: Instant | null;
  sealedAt: Instant | null;
  bookedAmount: Minor;
  bookedQuantity: DecimalText;
  /** Number of the last run. */
  runCount: number;
  parkedAt: Instant | null;
  parkedReason: string | null;
  createdAt: Instant;
};

export type FlatFeeCharge = ChargeBase & { kind: 'flat_fee'; status: FlatFeeStatus };
export type UsageCharge = ChargeBase & { kind: 'usage_based'; status: UsageChargeStatus; meterId: string };
export type Charge = FlatFeeCharge | UsageCharge;

export type RealizationRun = {
  id: string;
  chargeId: string;
  number: number;
  kind: 'partial' | 'final' | 'late_usage';
  status: 'open' | 'completed' | 'released';
  periodEnd: Instant;
  cutoffAt: Instant;
  /** Cumulative from the charge's service start. */
  quantity: DecimalText | null;
  eventCount: bigint | null;
  listAmount: Minor | null;
  bookedAmount: Minor | null;
  explanation: unknown;
  lineId: string | null;
  disposition: 'line' | 'waived';
  createdAt: Instant;
  completedAt: Instant | null;
};

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

export type Invoice = {
  id: string;
  legalEntityId: string;
  kind: 'cycle' | 'supplement';
  groupKey: string;
  boundaryAt: Instant;
  currency: Currency;
  status: InvoiceStatus;
  /** Set by the save, from the number series, when the invoice is finalized. */
  number: string | null;
  collectionMethod: 'charge_automatically' | 'send_invoice';
  finalizeAt: Instant | null;
  issuedAt: Instant | null;
  /** Calendar day in the legal entity's zone, YYYY-MM-DD. */
  issueDate: string | null;
  dueAt: Instant | null;
  subtotal: Minor;
  tax: Minor;
  total: Minor;
  amountPaid: Minor;
  nextAttemptAt: Instant | null;
  declineCount: number;
  paidAt: Instant | null;
  createdAt: Instant;
};

export type InvoiceLine = {
  id: string;
  invoiceId: string;
  position: number;
  kind: 'fee' | 'usage' | 'late_usage';
  description: string;
  subscriptionId: string;
  chargeId: string;
  runId: string;
  component: string;
  priceId: string;
  quantity: DecimalText;
  unitAmount: DecimalText | null;
  amount: Minor;
  currency: Currency;
  serviceStart: Instant;
  serviceEnd: Instant;
  frozen: boolean;
  createdAt: Instant;
};

export type PaymentAttempt = {
  id: string;
  invoiceId: string;
  number: number;
  status: 'intended' | 'unknown' | 'succeeded' | 'failed';
  amount: Minor;
  currency: Currency;
  gateway: string;
  paymentMethodId: string;
  token: string;
  providerKey: string;
  providerReference: string | null;
  declineCode: string | null;
  declineMessage: string | null;
  epoch: number;
  /** System time of the next call while intended or unknown. */
  nextCallAt: Instant | null;
  createdAt: Instant;
  settledAt: Instant | null;
};

export type Payment = {
  id: string;
  gateway: string;
  reference: string;
  attemptId: string | null;
  amount: Minor;
  currency: Currency;
  receivedAt: Instant;
};

export type PaymentAllocation = {
  id: string;
  paymentId: string;
  invoiceId: string;
  amount: Minor;
  createdAt: Instant;
};

/** An hour of a meter that received events after its period was closed (protocols H7). */
export type StaleBucket = { meterId: string; bucket: Instant };

/** Rows that a decision can change, by table. */
export type Tables = {
  customer: Customer;
  paymentMethods: PaymentMethod;
  subscriptions: Subscription;
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
  rows: { readonly [T in TableName]: readonly Tables[T][] };
  prices: readonly Price[];
  stale: readonly StaleBucket[];
  /** Boundaries whose cycle invoice is issued, among those that this turn could still bill to. */
  issued: readonly { groupKey: string; boundaryAt: Instant }[];
  /** The earliest late check that lies ahead, over all charges of the customer, loaded or not. */
  nextLateCheckAt: Instant | null;
};

/** A published plan version as a command names it. */
export type PlanVersion = {
  id: string;
  currency: Currency;
  interval: BillingInterval;
  intervalCount: number;
  prices: readonly Price[];
};

/** Cumulative usage of one meter in one service period, as one snapshot saw it. */
export type Quantity = {
  quantity: DecimalText;
  eventCount: bigint;
  /** True when the tenant's inbox still holds rows received before the cutoff: the final run waits (ruling R6). */
  undrained: boolean;
};

export type QuantityNeed = {
  kind: 'quantity';
  meterId: string;
  scopeId: string;
  from: Instant;
  to: Instant;
  /** Exclusive bound on received_at; null counts everything that is stored. */
  cutoff: Instant | null;
};
export type PlanNeed = { kind: 'plan'; plan: string };
export type Need = QuantityNeed | PlanNeed;

/** What earlier rounds of the same turn loaded, by needKey. */
export type Facts = {
  quantities: ReadonlyMap<string, Quantity>;
  plans: ReadonlyMap<string, PlanVersion | null>;
};

/** Names a need, so that the fact that answers it is found again. */
export function needKey(need: Need): string {
  if (need.kind === 'plan') return need.plan;
  const cutoff = need.cutoff?.toString() ?? '';
  return `${need.meterId}|${need.scopeId}|${need.from.toString()}|${need.to.toString()}|${cutoff}`;
}
