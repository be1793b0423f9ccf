// Owns one invoice in full: its lines, what was asked of gateways for it, and what paid it.
import type { Tx } from '#db/scope.ts';
import { findInvoiceHead, type InvoiceView } from './invoices.ts';

export type InvoiceLineView = {
  readonly id: string;
  readonly kind: 'fee' | 'usage' | 'late_usage';
  readonly description: string;
  readonly quantity: string;
  readonly unitAmount: string | null;
  readonly amount: string;
  readonly serviceStart: string;
  readonly serviceEnd: string;
  readonly priceKey: string | null;
  readonly chargeId: string;
  readonly runId: string;
};

export type PaymentAttemptView = {
  readonly id: string;
  readonly number: number;
  readonly status: 'intended' | 'unknown' | 'succeeded' | 'failed';
  readonly amount: string;
  readonly currency: string;
  readonly gateway: string;
  readonly paymentMethodId: string;
  readonly reference: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly callCount: number;
  readonly createdAt: string;
  readonly settledAt: string | null;
};

export type InvoicePaymentView = {
  readonly paymentId: string;
  readonly gateway: string;
  readonly reference: string;
  /** What of the payment went to this invoice. */
  readonly amount: string;
  readonly currency: string;
  readonly receivedAt: string;
};

export type InvoiceDetailView = InvoiceView & {
  readonly lines: readonly InvoiceLineView[];
  readonly attempts: readonly PaymentAttemptView[];
  readonly payments: readonly InvoicePaymentView[];
};

export async function findInvoice(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<InvoiceDetailView | undefined> {
  const invoice = await findInvoiceHead(tx, tenantId, id);
  if (invoice === undefined) return undefined;
  const [lines, attempts, payments] = await Promise.all([
    readLines(tx, id),
    readAttempts(tx, id),
    readPayments(tx, id),
  ]);
  return { ...invoice, lines, attempts, payments };
}

async function readLines(tx: Tx, invoiceId: string): Promise<InvoiceLineView[]> {
  return await tx<InvoiceLineView[]>`
    select l.id, l.kind, l.description, trim_scale(l.quantity)::text as quantity,
      trim_scale(l.unit_amount)::text as "unitAmount", l.amount, l.service_start as "serviceStart",
      l.service_end as "serviceEnd", r.key as "priceKey", l.charge_id as "chargeId", l.run_id as "runId"
    from invoice_lines l left join prices r on r.id = l.price_id
    where l.invoice_id = ${invoiceId} and not l.voided order by l.position`;
}

async function readAttempts(tx: Tx, invoiceId: string): Promise<PaymentAttemptView[]> {
  return await tx<PaymentAttemptView[]>`
    select id, number, status, amount, currency, gateway, payment_method_id as "paymentMethodId",
      provider_reference as reference, decline_code as code, decline_message as message, call_count as "callCount",
      created_at as "createdAt", settled_at as "settledAt"
    from payment_attempts where invoice_id = ${invoiceId} order by number`;
}

async function readPayments(tx: Tx, invoiceId: string): Promise<InvoicePaymentView[]> {
  return await tx<InvoicePaymentView[]>`
    select p.id as "paymentId", p.gateway, p.reference, a.amount, p.currency, p.received_at as "receivedAt"
    from payment_allocations a join payments p on p.id = a.payment_id
    where a.invoice_id = ${invoiceId} order by a.id`;
}
