// Owns realization runs: a run rates the cumulative quantity of a service period and books the difference to what
// earlier runs booked (law 5), so duplicates, late events and retries cannot bill twice.

import { explanationOf } from '#actors/charges/explain-run.ts';
import { surroundingsOf } from '#actors/charges/surroundings.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { type Counted, rateCounted, rateFee } from '#actors/pricing/rate-run.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { RealizationRun } from '#actors/state/realization-run.ts';
import type { Workspace } from '#actors/workspace.ts';

type NewRun = Pick<RealizationRun, 'kind' | 'periodEnd' | 'cutoffAt'>;

/** Opens a run without figures. At most one run of a charge is open. */
export function openRun(
  work: Workspace,
  charge: Charge,
  { kind, periodEnd, cutoffAt }: NewRun,
): RealizationRun {
  const numbers = work.all('runs').filter((run) => run.chargeId === charge.id);
  return work.put('runs', {
    id: work.mint('run'),
    chargeId: charge.id,
    number: Math.max(charge.runCount, ...numbers.map((run) => run.number)) + 1,
    kind,
    status: 'open',
    periodEnd,
    cutoffAt,
    quantity: null,
    eventCount: null,
    listAmount: null,
    bookedAmount: null,
    explanation: null,
    lineId: null,
    disposition: 'line',
    createdAt: work.now,
    completedAt: null,
  });
}

export type Realized = {
  run: RealizationRun;
  rated: RatedUsage;
  bookedAmount: bigint;
  bookedQuantity: string;
};

/** Rates the cumulative quantity and fills the run's figures. The run stays open. What it asks for must be loaded. */
export function realize(
  work: Workspace,
  charge: Charge,
  { run, counted }: { run: RealizationRun; counted: Counted },
): Realized {
  const price = work.price(charge.priceId);
  const { currency } = charge;
  const around = surroundingsOf(work, charge);
  if (around === undefined) throw new Error(`charge ${charge.id} is rated without its earlier periods`);
  const rated =
    charge.kind === 'flat_fee'
      ? rateFee(price, counted.quantity, { currency, around })
      : rateCounted(price, counted, { currency, around });
  const bookedAmount = rated.amount - charge.bookedAmount;
  const bookedQuantity = printDecimal(decimal(counted.quantity).minus(charge.bookedQuantity));
  const filled = work.put('runs', {
    ...run,
    quantity: counted.quantity,
    eventCount: counted.eventCount,
    listAmount: rated.amount,
    bookedAmount,
    explanation: explanationOf(charge, { rated, counted, around }),
  });
  return { run: filled, rated, bookedAmount, bookedQuantity };
}

/** Freezes the run and books it on its charge. Returns the charge as it then is. */
export function completeRun(work: Workspace, charge: Charge, run: RealizationRun): Charge {
  if (run.quantity === null || run.bookedAmount === null) throw new Error(`run ${run.id} has no figures`);
  work.put('runs', { ...run, status: 'completed', completedAt: work.now });
  const unitRate = run.explanation?.around?.unitRate;
  return work.put('charges', {
    ...charge,
    ...(unitRate !== undefined && { rating: { ...charge.rating, unitRate } }),
    bookedAmount: charge.bookedAmount + run.bookedAmount,
    bookedQuantity: run.quantity,
    runCount: run.number,
  });
}

/** The open run of a charge. Throws when there is none: the charge's status says there must be. */
export function openRunOf(work: Workspace, charge: Charge): RealizationRun {
  const run = work.find(
    'runs',
    (candidate) => candidate.chargeId === charge.id && candidate.status === 'open',
  );
  if (run === undefined) throw new Error(`charge ${charge.id} in ${charge.status} has no open run`);
  return run;
}
