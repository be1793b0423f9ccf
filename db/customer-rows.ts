// Owns the codecs between rows as Postgres gives them and the values that a customer's actor decides on.

import { readInstant } from '#actors/calendar/instants.ts';
import { type Currency, currency } from '#actors/money/currency.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { PaymentAttempt } from '#actors/state/payment.ts';
import type { Price } from '#actors/state/plan.ts';
import type { RatingFrame, Term } from '#actors/state/rating-frame.ts';
import type { RealizationRun } from '#actors/state/realization-run.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { ItemVersion, Subscription } from '#actors/state/subscription.ts';
import type { TenantTerms } from '#actors/state/tenant-terms.ts';

/** A row as postgres.js gives it: int8, numeric and times as text. */
export type RawRow = Readonly<Record<string, unknown>>;

const instant = (value: unknown): Instant => readInstant(String(value));
const instantOrNull = (value: unknown): Instant | null => (value === null ? null : instant(value));
const text = (value: unknown): string => String(value);

/** Text of a nullable text column. Throws on anything else. */
export function textOrNull(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new TypeError('a text column holds text');
}

const minor = (value: unknown): bigint => BigInt(String(value));
const minorOrNull = (value: unknown): bigint | null => (value === null ? null : minor(value));
const money = (value: unknown): Currency => currency(String(value));

export function toTerms(row: RawRow): TenantTerms {
  return {
    id: text(row['tenant_id']),
    sandbox: row['sandbox'] === true,
    legalEntityId: text(row['legal_entity_id']),
    entityZone: text(row['entity_zone']),
    numberPrefix: text(row['number_prefix']),
    collectionIntervalSeconds: Number(row['collection_interval_seconds']),
    invoiceDueDays: Number(row['invoice_due_days']),
    lateUsageDays: Number(row['late_usage_days']),
    lateUsagePolicy: row['late_usage_policy'] as TenantTerms['lateUsagePolicy'],
    dunningDays: row['dunning_days'] as number[],
  };
}

export function toCustomer(row: RawRow): Customer {
  return {
    id: text(row['id']),
    externalId: text(row['external_id']),
    name: text(row['name']),
    currency: money(row['currency']),
    zone: text(row['zone']),
    clockId: textOrNull(row['clock_id']),
    autoCollect: row['auto_collect'] === true,
    sequence: minor(row['sequence']),
    dueAt: instantOrNull(row['due_at']),
    closedThrough: instantOrNull(row['closed_through']),
    parkedAt: instantOrNull(row['parked_at']),
    parkedReason: textOrNull(row['parked_reason']),
  };
}

export function toSubscription(row: RawRow): Subscription {
  return {
    id: text(row['id']),
    planVersionId: text(row['plan_version_id']),
    status: row['status'] as Subscription['status'],
    currency: money(row['currency']),
    zone: text(row['zone']),
    interval: row['interval'] as Subscription['interval'],
    intervalCount: Number(row['interval_count']),
    anchorAt: instant(row['anchor_at']),
    periodIndex: Number(row['period_index']),
    periodStart: instant(row['period_start']),
    periodEnd: instant(row['period_end']),
    cancelAt: instantOrNull(row['cancel_at']),
    endedAt: instantOrNull(row['ended_at']),
    followsPlan: row['follows_plan'] === true,
    nextPlanVersionId: textOrNull(row['next_plan_version_id']),
    createdAt: instant(row['created_at']),
  };
}

export function toItemVersion(row: RawRow): ItemVersion {
  return {
    id: text(row['id']),
    itemId: text(row['item_id']),
    subscriptionId: text(row['subscription_id']),
    priceId: text(row['price_id']),
    meterId: textOrNull(row['meter_id']),
    quantity: text(row['quantity']),
    usageScope: row['usage_scope'] as ItemVersion['usageScope'],
    usageGroup: text(row['usage_group']),
    effectiveFrom: instant(row['effective_from']),
    effectiveTo: instantOrNull(row['effective_to']),
  };
}

export function toPrice(row: RawRow): Price {
  return {
    id: text(row['id']),
    key: text(row['key']),
    name: text(row['name']),
    cadence: row['cadence'] as Price['cadence'],
    meterId: textOrNull(row['meter_id']),
    ...toUsagePrice(row),
    ...(row['currency'] !== null && { currency: money(row['currency']) }),
    ...(row['parent_price_id'] !== null && { parentPriceId: text(row['parent_price_id']) }),
  };
}

/** The charge model and the terms of a price, stored apart so that most rows have none. */
export function toUsagePrice(row: RawRow): UsagePrice {
  const model = row['model'] as UsagePrice['model'];
  const terms = row['terms'] as Omit<UsagePrice, 'model'> | null;
  return terms === null ? { model } : { model, ...terms };
}

export type StoredFrame = Omit<RatingFrame, 'fullEnd' | 'since' | 'term'> & {
  fullEnd?: string;
  since?: string;
  term?: Record<keyof Term, string>;
};

/** Null for nearly all charges. */
export function toFrame(stored: StoredFrame | null): RatingFrame | null {
  if (stored === null) return null;
  const { fullEnd, since, term, ...rest } = stored;
  return {
    ...rest,
    ...(fullEnd !== undefined && { fullEnd: instant(fullEnd) }),
    ...(since !== undefined && { since: instant(since) }),
    ...(term !== undefined && {
      term: { start: instant(term.start), end: instant(term.end), fullEnd: instant(term.fullEnd) },
    }),
  };
}

export function toCharge(row: RawRow): Charge {
  return {
    id: text(row['id']),
    kind: row['kind'],
    status: row['status'],
    subscriptionId: text(row['subscription_id']),
    itemId: text(row['item_id']),
    origin: text(row['origin']),
    settlementMode: row['settlement_mode'],
    revision: Number(row['revision']),
    currency: money(row['currency']),
    priceId: text(row['price_id']),
    meterId: textOrNull(row['meter_id']),
    scopeId: text(row['scope_id']),
    quantity: textOrNull(row['quantity']),
    rating: toFrame(row['rating'] as StoredFrame | null),
    serviceStart: instant(row['service_start']),
    serviceEnd: instant(row['service_end']),
    billedAt: instant(row['billed_at']),
    cutoffAt: instantOrNull(row['cutoff_at']),
    advanceAt: instantOrNull(row['advance_at']),
    lateCheckAt: instantOrNull(row['late_check_at']),
    sealedAt: instantOrNull(row['sealed_at']),
    bookedAmount: minor(row['booked_amount']),
    bookedQuantity: text(row['booked_quantity']),
    runCount: Number(row['run_count']),
    parkedAt: instantOrNull(row['parked_at']),
    parkedReason: textOrNull(row['parked_reason']),
    createdAt: instant(row['created_at']),
  } as Charge;
}

export function toRun(row: RawRow): RealizationRun {
  return {
    id: text(row['id']),
    chargeId: text(row['charge_id']),
    number: Number(row['number']),
    kind: row['kind'] as RealizationRun['kind'],
    status: row['status'] as RealizationRun['status'],
    periodEnd: instant(row['period_end']),
    cutoffAt: instant(row['cutoff_at']),
    quantity: textOrNull(row['quantity']),
    eventCount: minorOrNull(row['event_count']),
    listAmount: minorOrNull(row['list_amount']),
    bookedAmount: minorOrNull(row['booked_amount']),
    explanation: row['explanation'] as RealizationRun['explanation'],
    lineId: textOrNull(row['line_id']),
    disposition: row['disposition'] as RealizationRun['disposition'],
    createdAt: instant(row['created_at']),
    completedAt: instantOrNull(row['completed_at']),
  };
}

export function toInvoice(row: RawRow): Invoice {
  return {
    id: text(row['id']),
    legalEntityId: text(row['legal_entity_id']),
    kind: row['kind'] as Invoice['kind'],
    groupKey: text(row['group_key']),
    boundaryAt: instant(row['boundary_at']),
    currency: money(row['currency']),
    status: row['status'] as Invoice['status'],
    number: textOrNull(row['number']),
    collectionMethod: row['collection_method'] as Invoice['collectionMethod'],
    finalizeAt: instantOrNull(row['finalize_at']),
    issuedAt: instantOrNull(row['issued_at']),
    issueDate: textOrNull(row['issue_date']),
    dueAt: instantOrNull(row['due_at']),
    subtotal: minor(row['subtotal']),
    tax: minor(row['tax']),
    total: minor(row['total']),
    amountPaid: minor(row['amount_paid']),
    nextAttemptAt: instantOrNull(row['next_attempt_at']),
    declineCount: Number(row['decline_count']),
    paidAt: instantOrNull(row['paid_at']),
    createdAt: instant(row['created_at']),
  };
}

export function toLine(row: RawRow): InvoiceLine {
  return {
    id: text(row['id']),
    invoiceId: text(row['invoice_id']),
    position: Number(row['position']),
    kind: row['kind'] as InvoiceLine['kind'],
    description: text(row['description']),
    subscriptionId: text(row['subscription_id']),
    chargeId: text(row['charge_id']),
    runId: text(row['run_id']),
    component: text(row['component']),
    priceId: text(row['price_id']),
    quantity: text(row['quantity']),
    unitAmount: textOrNull(row['unit_amount']),
    amount: minor(row['amount']),
    currency: money(row['currency']),
    serviceStart: instant(row['service_start']),
    serviceEnd: instant(row['service_end']),
    frozen: row['frozen'] === true,
    createdAt: instant(row['created_at']),
  };
}

export function toAttempt(row: RawRow): PaymentAttempt {
  return {
    id: text(row['id']),
    invoiceId: text(row['invoice_id']),
    number: Number(row['number']),
    status: row['status'] as PaymentAttempt['status'],
    amount: minor(row['amount']),
    currency: money(row['currency']),
    gateway: text(row['gateway']),
    paymentMethodId: text(row['payment_method_id']),
    token: text(row['token']),
    providerKey: text(row['provider_key']),
    providerReference: textOrNull(row['provider_reference']),
    declineCode: textOrNull(row['decline_code']),
    declineMessage: textOrNull(row['decline_message']),
    epoch: Number(row['epoch']),
    nextCallAt: instantOrNull(row['next_call_at']),
    createdAt: instant(row['created_at']),
    settledAt: instantOrNull(row['settled_at']),
  };
}
