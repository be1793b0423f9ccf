// Owns setting aside what hit a bug, and answering a command that the database refused.
import { parkCharge } from '#actors/charges/advance-charges.ts';
import { customerSnapshot } from '#actors/events/snapshots.ts';
import type { ParkCharge, ParkCustomer } from '#actors/message.ts';
import type { Outcome } from '#actors/rejection.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Parks the whole customer: nothing advances and only its release is answered until then. */
export function parkCustomer(work: Workspace, message: ParkCustomer): Outcome {
  const customer = work.customer();
  if (customer.parkedAt === null) {
    const parked = work.put('customer', { ...customer, parkedAt: work.now, parkedReason: message.reason });
    const data = customerSnapshot(parked);
    work.emit({
      type: 'billing.customer.parked',
      objectType: 'customer',
      objectId: customer.id,
      data,
      previous: { parkedAt: null },
    });
  }
  return { ok: true, data: { id: customer.id } };
}

/** Parks one charge; its siblings go on. */
export function parkOneCharge(work: Workspace, message: ParkCharge): Outcome {
  parkCharge(work, work.get('charges', message.chargeId), message.reason);
  return { ok: true, data: { id: message.chargeId } };
}
