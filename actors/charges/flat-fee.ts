// Owns how a flat fee moves: due at its billing instant, rated once from the item's quantity, put on a draft.
import { isDue } from '#actors/calendar/instants.ts';
import { completeRun, openRun, realize } from '#actors/charges/runs.ts';
import { surroundingsOf } from '#actors/charges/surroundings.ts';
import { addLine, draftFor } from '#actors/invoicing/draft.ts';
import { flatFeeMachine } from '#actors/machines/flat-fee-machine.ts';
import { mustStep, step } from '#actors/machines/step.ts';
import { unitAmountOf } from '#actors/pricing/unit-amount.ts';
import type { FlatFeeCharge } from '#actors/state/charge.ts';
import type { Workspace } from '#actors/workspace.ts';

/** Moves the charge as far as it can go now; a fee of zero is booked without a line. */
export function advanceFlatFee(work: Workspace, charge: FlatFeeCharge): void {
  if (charge.status !== 'created') return;
  const result = step(
    flatFeeMachine,
    { status: charge.status, event: 'next' },
    { due: isDue(charge.billedAt, work.now) },
  );
  // What the price's unit costs is asked for first.
  if (!result.moved || surroundingsOf(work, charge) === undefined) return;
  const active = work.put('charges', { ...charge, status: result.status }) as FlatFeeCharge;
  realizeFee(work, active);
}

function realizeFee(work: Workspace, charge: FlatFeeCharge): void {
  const quantity = charge.quantity ?? '1';
  const price = work.price(charge.priceId);
  const open = openRun(work, charge, {
    kind: 'final',
    periodEnd: charge.serviceEnd,
    cutoffAt: charge.billedAt,
  });
  const { run, bookedAmount } = realize(work, charge, { run: open, counted: { quantity, eventCount: 0n } });
  if (bookedAmount === 0n) {
    const status = mustStep(
      flatFeeMachine,
      { status: charge.status, event: 'nothing_to_issue' },
      { due: true },
    );
    work.put('charges', { ...(completeRun(work, charge, run) as FlatFeeCharge), status, advanceAt: null });
    return;
  }
  const draft = draftFor(work, charge.currency, charge.billedAt);
  addLine(work, draft, {
    charge,
    run,
    kind: 'fee',
    description: price.name,
    quantity,
    unitAmount: unitAmountOf(price),
    amount: bookedAmount,
  });
  work.put('charges', {
    ...charge,
    status: mustStep(flatFeeMachine, { status: charge.status, event: 'next' }, { due: true }),
  });
}
