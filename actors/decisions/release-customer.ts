// Owns setting a parked customer, and its parked charges, going again.
import { isDue } from '#actors/calendar/instants.ts';
import { customerSnapshot } from '#actors/events/snapshots.ts';
import { type Outcome, reject } from '#actors/rejection.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Clears the park marks; the same turn tries again what failed, and parks again if the bug is still there. */
export function releaseCustomer(work: Workspace): Outcome {
  const customer = work.customer();
  const parked = work.all('charges').filter((charge) => charge.parkedAt !== null);
  if (customer.parkedAt === null && parked.length === 0) {
    return reject('customer_not_parked', 'neither the customer nor one of its charges is parked');
  }
  for (const charge of parked) work.put('charges', { ...charge, parkedAt: null, parkedReason: null });
  resumeDrafts(work, parked);
  const released = work.put('customer', { ...customer, parkedAt: null, parkedReason: null });
  work.emit({
    type: 'billing.customer.released',
    objectType: 'customer',
    objectId: customer.id,
    data: customerSnapshot(released),
    previous: { parkedReason: customer.parkedReason },
  });
  return { ok: true, data: { id: customer.id, charges: parked.map((charge) => charge.id) } };
}

/** A draft that was held for a parked charge waits for it as for any other now, not until the hold would have ended. */
function resumeDrafts(work: Workspace, released: readonly Charge[]): void {
  for (const draft of work.all('invoices')) {
    if (draft.status !== 'draft' || draft.finalizeAt === null) continue;
    if (
      released.some(({ billedAt }) => billedAt.equals(draft.boundaryAt)) &&
      isDue(draft.boundaryAt, work.now)
    ) {
      work.put('invoices', { ...draft, finalizeAt: work.now });
    }
  }
}
