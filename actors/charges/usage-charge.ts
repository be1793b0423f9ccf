// Owns how a usage-based charge moves: it waits for its period, then for late arrivals until the stored cutoff, then is
// rated once and goes on a draft. Advance loops, so a charge whose whole life has elapsed gets there in one turn.
import { compareInstants, daysAfter, isDue, secondsAfter } from '#actors/calendar/instants.ts';
import { completeRun, openRun, openRunOf, realize } from '#actors/charges/runs.ts';
import { surroundingsOf } from '#actors/charges/surroundings.ts';
import { quantityOf } from '#actors/charges/usage-need.ts';
import { addLine, draftFor } from '#actors/invoicing/draft.ts';
import { step } from '#actors/machines/step.ts';
import { type UsageChargeEvent, usageChargeMachine } from '#actors/machines/usage-charge-machine.ts';
import { decimal } from '#actors/money/decimal.ts';
import { unitAmountOf } from '#actors/pricing/unit-amount.ts';
import type { Charge, UsageCharge } from '#actors/state/charge.ts';
import type { Quantity } from '#actors/state/facts.ts';
import type { Instant } from '#actors/state/scalars.ts';
import type { Workspace } from '#actors/workspace.ts';

/** While events received before the cutoff are still being counted, the final run looks again after this long. */
const UNDRAINED_RETRY_SECONDS = 2;

/** Moves the charge as far as it can go now. */
export function advanceUsageCharge(work: Workspace, start: UsageCharge): void {
  let charge: UsageCharge | undefined = start;
  while (charge !== undefined) charge = next(work, charge);
}

function next(work: Workspace, charge: UsageCharge): UsageCharge | undefined {
  const counted = charge.status.endsWith('.waiting_for_collection') ? collected(work, charge) : undefined;
  const event: UsageChargeEvent =
    charge.status === 'active.final_realization.processing' && !hasLine(work, charge)
      ? 'nothing_to_issue'
      : 'next';
  const result = step(
    usageChargeMachine,
    { status: charge.status, event: event },
    {
      started: isDue(charge.serviceStart, work.now),
      ended: isDue(charge.serviceEnd, work.now),
      collected: counted !== undefined,
    },
  );
  if (!result.moved) return undefined;
  return enter(work, { ...charge, status: result.status }, counted);
}

function enter(work: Workspace, charge: UsageCharge, counted: Quantity | undefined): UsageCharge {
  switch (charge.status) {
    case 'active':
      return put(work, { ...charge, advanceAt: charge.serviceEnd });
    case 'active.final_realization.started': {
      const { cutoffAt, advanceAt } = collectionOf(work, charge);
      openRun(work, charge, { kind: 'final', periodEnd: charge.serviceEnd, cutoffAt });
      return put(work, { ...charge, cutoffAt, advanceAt });
    }
    case 'active.final_realization.processing':
      if (counted === undefined) throw new Error(`charge ${charge.id} is processed without a quantity`);
      realize(work, charge, { run: openRunOf(work, charge), counted });
      return put(work, charge);
    case 'active.final_realization.issuing':
      putLine(work, charge);
      return put(work, charge);
    case 'active.final_realization.completed':
      return completeRun(work, charge, openRunOf(work, charge)) as UsageCharge;
    case 'final': {
      const lateCheckAt = daysAfter(charge.serviceEnd, work.state.tenant.lateUsageDays);
      return put(work, { ...charge, advanceAt: null, lateCheckAt });
    }
    case 'active.final_realization.waiting_for_collection':
    case 'created':
    case 'deleted':
      return put(work, charge);
    default:
      return charge.status satisfies never;
  }
}

/**
 * When the final run takes place and what it counts. A period that was over when its subscription was created (a backdated
 * start) is billed now, with all that was received until now (ruling R24).
 */
function collectionOf(work: Workspace, charge: UsageCharge): { cutoffAt: Instant; advanceAt: Instant } {
  const cutoffAt = secondsAfter(charge.serviceEnd, work.state.tenant.collectionIntervalSeconds);
  const wasOver = compareInstants(charge.billedAt, cutoffAt) > 0;
  if (!wasOver) return { cutoffAt, advanceAt: cutoffAt };
  return { cutoffAt: charge.billedAt.add({ microseconds: 1 }), advanceAt: charge.billedAt };
}

function put(work: Workspace, charge: UsageCharge): UsageCharge {
  return work.put('charges', charge) as UsageCharge;
}

/** The quantity as of the stored cutoff, once it has passed and everything received before it is counted (ruling R6). */
function collected(work: Workspace, charge: UsageCharge): Quantity | undefined {
  const { cutoffAt } = charge;
  if (cutoffAt === null || !isDue(charge.advanceAt, work.now)) return undefined;
  const counted = work.quantity(quantityOf(charge, cutoffAt));
  const around = surroundingsOf(work, charge);
  if (counted?.undrained) {
    put(work, { ...charge, advanceAt: secondsAfter(work.now, UNDRAINED_RETRY_SECONDS) });
    return undefined;
  }
  return around === undefined ? undefined : counted;
}

/** Nothing used and nothing owed makes no line; a minimum or a flat tier at zero does. */
function hasLine(work: Workspace, charge: Charge): boolean {
  const run = openRunOf(work, charge);
  return run.bookedAmount !== 0n || !decimal(run.quantity ?? '0').isZero();
}

function putLine(work: Workspace, charge: UsageCharge): void {
  const run = openRunOf(work, charge);
  const price = work.price(charge.priceId);
  addLine(work, draftFor(work, charge.currency, charge.billedAt), {
    charge,
    run,
    kind: 'usage',
    description: price.name,
    quantity: run.quantity ?? '0',
    unitAmount: unitAmountOf(price),
    amount: run.bookedAmount ?? 0n,
  });
}
