// Owns how objects look in billing events: whole, self-contained, money as integer text in minor units.
import { instantText } from '#actors/calendar/time.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Customer } from '#actors/state/customer.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { PaymentAttempt } from '#actors/state/payment.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Subscription } from '#actors/state/subscription.ts';
import type { Workspace } from '#actors/workspace.ts';

type Snapshot = Readonly<Record<string, unknown>>;

const time = (instant: Instant | null): string | null => (instant === null ? null : instantText(instant));

export function customerSnapshot(customer: Customer): Snapshot {
  return {
    id: customer.id,
    externalId: customer.externalId,
    name: customer.name,
    currency: customer.currency,
    zone: customer.zone,
    parkedAt: time(customer.parkedAt),
    parkedReason: customer.parkedReason,
  };
}

export function chargeSnapshot(work: Workspace, charge: Charge): Snapshot {
  const customer = work.customer();
  return {
    id: charge.id,
    customerId: customer.id,
    customerExternalId: customer.externalId,
    subscriptionId: charge.subscriptionId,
    kind: charge.kind,
    status: charge.status,
    currency: charge.currency,
    priceId: charge.priceId,
    meterId: charge.meterId,
    serviceStart: time(charge.serviceStart),
    serviceEnd: time(charge.serviceEnd),
    parkedAt: time(charge.parkedAt),
    parkedReason: charge.parkedReason,
  };
}

export function subscriptionSnapshot(work: Workspace, subscription: Subscription): Snapshot {
  const customer = work.customer();
  return {
    id: subscription.id,
    customerId: customer.id,
    customerExternalId: customer.externalId,
    planVersionId: subscription.planVersionId,
    nextPlanVersionId: subscription.nextPlanVersionId,
    followsPlan: subscription.followsPlan,
    status: subscription.status,
    currency: subscription.currency,
    anchorAt: time(subscription.anchorAt),
    periodStart: time(subscription.periodStart),
    periodEnd: time(subscription.periodEnd),
    cancelAt: time(subscription.cancelAt),
    endedAt: time(subscription.endedAt),
  };
}

export function invoiceSnapshot(work: Workspace, invoice: Invoice): Snapshot {
  const customer = work.customer();
  const lines = work.all('lines').filter((line) => line.invoiceId === invoice.id);
  return {
    id: invoice.id,
    number: invoice.number,
    status: invoice.status,
    customerId: customer.id,
    customerExternalId: customer.externalId,
    customerName: customer.name,
    currency: invoice.currency,
    subtotal: String(invoice.subtotal),
    tax: String(invoice.tax),
    total: String(invoice.total),
    amountPaid: String(invoice.amountPaid),
    amountRemaining: String(invoice.total - invoice.amountPaid),
    boundaryAt: time(invoice.boundaryAt),
    issuedAt: time(invoice.issuedAt),
    issueDate: invoice.issueDate,
    dueAt: time(invoice.dueAt),
    paidAt: time(invoice.paidAt),
    autoCollect: invoice.collectionMethod === 'charge_automatically',
    lines: lines.sort((a, b) => a.position - b.position).map((line) => lineSnapshot(work, line)),
  };
}

function lineSnapshot(work: Workspace, line: InvoiceLine): Snapshot {
  return {
    id: line.id,
    kind: line.kind,
    description: line.description,
    priceKey: work.price(line.priceId).key,
    quantity: line.quantity,
    unitAmount: line.unitAmount,
    amount: String(line.amount),
    serviceStart: time(line.serviceStart),
    serviceEnd: time(line.serviceEnd),
  };
}

export function paymentSnapshot(
  work: Workspace,
  attempt: PaymentAttempt,
  nextAttemptAt: Instant | null,
): Snapshot {
  const customer = work.customer();
  const invoice = work.get('invoices', attempt.invoiceId);
  return {
    id: attempt.id,
    customerId: customer.id,
    customerName: customer.name,
    invoiceId: invoice.id,
    invoiceNumber: invoice.number,
    dueAt: time(invoice.dueAt),
    attempt: attempt.number,
    amount: String(attempt.amount),
    currency: attempt.currency,
    gateway: attempt.gateway,
    reference: attempt.providerReference,
    code: attempt.declineCode,
    message: attempt.declineMessage,
    settledAt: time(attempt.settledAt),
    nextAttemptAt: time(nextAttemptAt),
  };
}
