// Owns taking back a charge whose service will not be given. It stays as a row: its identity is used up (ruling R12).
import { flatFeeMachine } from '#actors/machines/flat-fee-machine.ts';
import { mustStep } from '#actors/machines/step.ts';
import { usageChargeMachine } from '#actors/machines/usage-charge-machine.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Deletes a charge that is not being documented yet. Throws where its machine knows no such way. */
export function deleteCharge(work: Workspace, charge: Charge): void {
  if (charge.kind === 'flat_fee') {
    const status = mustStep(flatFeeMachine, { status: charge.status, event: 'delete' }, { due: true });
    work.put('charges', { ...charge, status, advanceAt: null });
    return;
  }
  const context = { started: true, ended: true, collected: true };
  const status = mustStep(usageChargeMachine, { status: charge.status, event: 'delete' }, context);
  work.put('charges', { ...charge, status, advanceAt: null });
}
