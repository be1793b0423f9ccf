// Owns the order in which a customer's time passes: periods, charges, late usage, invoices, money; again until nothing moves.
import { advanceCharges } from '#actors/charges/advance-charges.ts';
import { billLateUsage } from '#actors/charges/late-usage.ts';
import { finalizeInvoices } from '#actors/invoicing/finalize-invoices.ts';
import { beginPayments } from '#actors/payments/begin-payments.ts';
import { advanceSubscriptions } from '#actors/subscriptions/advance-subscriptions.ts';
import type { Workspace } from '#actors/workspace.ts';

/** A customer that has more than this to do goes on in a next turn: it stays due. */
const ROUNDS_MAX = 100;

/** Advances whatever is due until stable. `only` narrows charges to one, for the rerun that finds an offender. */
export function advance(work: Workspace, only?: string): void {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = work.version();
    advanceSubscriptions(work);
    advanceCharges(work, only);
    billLateUsage(work);
    finalizeInvoices(work);
    beginPayments(work);
    if (work.version() === before) return;
  }
}
