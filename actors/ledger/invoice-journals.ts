// Owns what finalizing and paying an invoice post (rulings C): receivable against revenue, and clearing against receivable.

import { compareInstants } from '#actors/calendar/instants.ts';
import { type Account, type Journal, journal, type Posting } from '#actors/ledger/journal.ts';
import type { Invoice, InvoiceLine } from '#actors/state/invoice.ts';
import type { PaymentAttempt } from '#actors/state/payment.ts';

/** A fee in advance is owed service until its period ends; usage is earned when it is invoiced. */
function incomeAccount(line: InvoiceLine, invoice: Invoice): Account {
  if (line.kind !== 'fee') return 'revenue:usage';
  const earned = invoice.issuedAt !== null && compareInstants(line.serviceEnd, invoice.issuedAt) <= 0;
  return earned ? 'revenue:fee' : 'deferred_revenue';
}

/** Journal of an invoice that becomes open. */
export function finalizeJournal(invoice: Invoice, lines: readonly InvoiceLine[]): Journal {
  const receivable: Posting = {
    account: 'receivable',
    amount: invoice.total,
    currency: invoice.currency,
    invoiceId: invoice.id,
  };
  const income = lines.map(
    (line): Posting => ({
      account: incomeAccount(line, invoice),
      amount: -line.amount,
      currency: line.currency,
      invoiceId: invoice.id,
      lineId: line.id,
      serviceStart: line.serviceStart,
      serviceEnd: line.serviceEnd,
    }),
  );
  return journal('invoice.finalized', invoice.id, [receivable, ...income]);
}

/** Journal of money that arrived through a gateway; what the invoice does not need stays unapplied (ruling R5). */
export function paymentJournal(attempt: PaymentAttempt, allocated: bigint): Journal {
  const { currency, invoiceId } = attempt;
  return journal('payment.succeeded', attempt.id, [
    { account: `gateway_clearing:${attempt.gateway}`, amount: attempt.amount, currency, invoiceId },
    { account: 'receivable', amount: -allocated, currency, invoiceId },
    { account: 'unapplied_payments', amount: allocated - attempt.amount, currency, invoiceId },
  ]);
}
