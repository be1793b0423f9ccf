// Owns asking for money: an attempt is written with its amount, method and provider key before anybody is called (law 8).
import { isDue } from '#actors/calendar/instants.ts';
import type { PaymentMethod } from '#actors/state/customer.ts';
import type { Invoice } from '#actors/state/invoice.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Starts one attempt for every open invoice whose next one is due. At most one attempt of an invoice is unresolved. */
export function beginPayments(work: Workspace): void {
  if (!work.customer().autoCollect) return;
  const method = work.find('paymentMethods', (candidate) => candidate.isDefault);
  for (const invoice of work.all('invoices')) {
    if (invoice.status !== 'open' || !isDue(invoice.nextAttemptAt, work.now)) continue;
    // Without a way to pay the invoice waits: attaching a method makes it due again.
    if (method === undefined) work.put('invoices', { ...invoice, nextAttemptAt: null });
    else if (!hasUnresolvedAttempt(work, invoice)) begin(work, invoice, method);
  }
}

/** Whether the gateway still owes an answer for this invoice. */
export function hasUnresolvedAttempt(work: Workspace, invoice: Invoice): boolean {
  const isOpen = (status: string): boolean => status === 'intended' || status === 'unknown';
  return (
    work.find('attempts', (attempt) => attempt.invoiceId === invoice.id && isOpen(attempt.status)) !==
    undefined
  );
}

function begin(work: Workspace, invoice: Invoice, method: PaymentMethod): void {
  const number = invoice.declineCount + 1;
  work.put('attempts', {
    id: work.mint('pat'),
    invoiceId: invoice.id,
    number,
    status: 'intended',
    amount: invoice.total - invoice.amountPaid,
    currency: invoice.currency,
    gateway: method.gateway,
    paymentMethodId: method.id,
    token: method.token,
    providerKey: `${invoice.id}-${number}`,
    providerReference: null,
    declineCode: null,
    declineMessage: null,
    epoch: 0,
    nextCallAt: work.wall,
    createdAt: work.now,
    settledAt: null,
  });
  work.put('invoices', { ...invoice, nextAttemptAt: null });
  work.collect(invoice.id);
}
