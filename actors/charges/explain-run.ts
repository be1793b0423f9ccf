// Owns what a run keeps of its rating: enough to read it to a customer and to compute it again, and not without end.
import { printDecimal } from '#actors/money/decimal.ts';
import type { Counted } from '#actors/pricing/rate-run.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import type { Charge } from '#actors/state/charge.ts';
import type { QuantityParts } from '#actors/state/facts.ts';
import type { RunExplanation, Surroundings } from '#actors/state/run-explanation.ts';

/** Steps, and parts of a usage, that are kept with a run; a price per minute has tens of thousands in a month. */
const KEPT_MAX = 1_000;

type Rating = { readonly rated: RatedUsage; readonly counted: Counted; readonly around: Surroundings };

export function explanationOf(charge: Charge, { rated, counted, around }: Rating): RunExplanation {
  const { steps, adjustments } = rated;
  const plain = {
    exact: printDecimal(rated.exact),
    steps,
    bookedBefore: { amount: String(charge.bookedAmount), quantity: charge.bookedQuantity },
  };
  if (charge.rating === null && adjustments.length === 0) return plain;
  return {
    ...plain,
    ...(steps.length > KEPT_MAX && {
      steps: steps.slice(0, KEPT_MAX),
      stepsOmitted: steps.length - KEPT_MAX,
    }),
    ...(adjustments.length > 0 && { adjustments }),
    ...keptParts(counted.metered),
    ...(Object.keys(around).length > 0 && { around }),
    ...(charge.rating?.since !== undefined && {
      carried: { quantity: printDecimal(rated.converted), amount: String(rated.spend) },
    }),
  };
}

function keptParts(parts: QuantityParts | undefined): Pick<RunExplanation, 'parts' | 'partsOmitted'> {
  if (parts === undefined) return {};
  const longest = Math.max(...[parts.windows, parts.groups, parts.events].map((list) => list?.length ?? 0));
  return longest > KEPT_MAX ? { partsOmitted: true } : { parts };
}
