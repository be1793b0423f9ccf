// Owns asking for an open invoice's money now, without waiting for its next attempt.

import type { PayInvoice } from '#actors/message.ts';
import { hasUnresolvedAttempt } from '#actors/payments/begin-payments.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Makes the invoice's next attempt due. While the gateway owes an answer nothing new is asked (law 8). */
export function payInvoice(work: Workspace, message: PayInvoice): Outcome {
  const invoice = work.find('invoices', (candidate) => candidate.id === message.invoiceId);
  if (invoice?.status !== 'open') return reject('invoice_not_open', 'only an open invoice can be paid');
  if (hasUnresolvedAttempt(work, invoice))
    return reject('invoice_busy', 'an attempt of this invoice is not resolved yet');
  if (!work.customer().autoCollect)
    return reject('not_collected_automatically', 'this customer pays by hand');
  if (work.find('paymentMethods', (method) => method.isDefault) === undefined) {
    return reject('no_payment_method', 'the customer has no default payment method');
  }
  work.put('invoices', { ...invoice, nextAttemptAt: work.now });
  return { ok: true, data: { id: invoice.id, amountRemaining: String(invoice.total - invoice.amountPaid) } };
}
