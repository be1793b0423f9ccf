// Owns the step from open to paid, whatever paid it.

import { invoiceSnapshot } from '#actors/events/snapshots.ts';
import { invoiceMachine } from '#actors/machines/invoice-machine.ts';
import { step } from '#actors/machines/step.ts';
import type { Invoice } from '#actors/state/invoice.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Marks the invoice paid when nothing remains; a zero invoice is paid at finalize (ruling R21). */
export function payWhenSettled(work: Workspace, invoice: Invoice): void {
  const isSettled = invoice.total === invoice.amountPaid;
  const result = step(
    invoiceMachine,
    { status: invoice.status, event: 'pay' },
    { hasLines: true, isSettled },
  );
  if (!result.moved) return;
  const paid = work.put('invoices', {
    ...invoice,
    status: result.status,
    paidAt: work.now,
    nextAttemptAt: null,
  });
  work.emit({
    type: 'billing.invoice.paid',
    objectType: 'invoice',
    objectId: paid.id,
    data: invoiceSnapshot(work, paid),
    previous: { status: invoice.status },
  });
}
