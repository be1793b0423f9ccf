// Owns moving all charges of a customer, each for itself: one that hits a bug is parked, its siblings go on.
import { isDue } from '#actors/calendar/instants.ts';
import { advanceFlatFee } from '#actors/charges/flat-fee.ts';
import { advanceUsageCharge } from '#actors/charges/usage-charge.ts';
import { chargeSnapshot } from '#actors/events/snapshots.ts';
import { parkedReason } from '#actors/parked-reason.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Advances every charge that is due. `only` narrows the turn to one charge, for the rerun that finds an offender. */
export function advanceCharges(work: Workspace, only?: string): void {
  for (const charge of work.all('charges')) {
    if (charge.parkedAt !== null || !isDue(charge.advanceAt, work.now)) continue;
    if (only !== undefined && charge.id !== only) continue;
    const undo = work.savepoint();
    try {
      advanceCharge(work, charge);
    } catch (bug) {
      undo();
      parkCharge(work, charge, bug);
    }
  }
}

function advanceCharge(work: Workspace, charge: Charge): void {
  switch (charge.kind) {
    case 'flat_fee':
      return advanceFlatFee(work, charge);
    case 'usage_based':
      return advanceUsageCharge(work, charge);
    default:
      return charge satisfies never;
  }
}

/** Sets a charge aside with its reason, and says so; a release of the customer tries it again. */
export function parkCharge(work: Workspace, charge: Charge, bug: unknown): void {
  const parked = work.put('charges', { ...charge, parkedAt: work.now, parkedReason: parkedReason(bug) });
  work.emit({
    type: 'billing.charge.parked',
    objectType: 'charge',
    objectId: charge.id,
    data: chargeSnapshot(work, parked),
    previous: { parkedAt: null },
  });
}
