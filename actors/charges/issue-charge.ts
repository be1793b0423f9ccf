// Owns what happens to a charge when the invoice that carries its line is issued.

import { completeRun } from '#actors/charges/runs.ts';
import { advanceUsageCharge } from '#actors/charges/usage-charge.ts';
import { flatFeeMachine } from '#actors/machines/flat-fee-machine.ts';
import { mustStep } from '#actors/machines/step.ts';
import { usageChargeMachine } from '#actors/machines/usage-charge-machine.ts';
import type { InvoiceLine } from '#actors/state/invoice.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Completes the run behind a frozen line. Late-usage runs are complete already: they were booked when they were found. */
export function issueCharge(work: Workspace, line: InvoiceLine): void {
  const run = work.find('runs', (candidate) => candidate.id === line.runId);
  if (run?.status !== 'open') return;
  const charge = completeRun(work, work.get('charges', line.chargeId), run);
  if (charge.kind === 'flat_fee') {
    const status = mustStep(
      flatFeeMachine,
      { status: charge.status, event: 'invoice_issued' },
      { due: true },
    );
    work.put('charges', { ...charge, status, advanceAt: null });
    return;
  }
  const elapsed = { started: true, ended: true, collected: true };
  const status = mustStep(usageChargeMachine, { status: charge.status, event: 'invoice_issued' }, elapsed);
  const completed = { ...charge, status };
  work.put('charges', completed);
  advanceUsageCharge(work, completed);
}
