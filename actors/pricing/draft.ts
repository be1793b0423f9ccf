// Owns what a charge model concludes before the one rounding. Refuses currencies and minor units.
import type { Dec } from '#actors/money/decimal.ts';
import type { RatingStep } from '#actors/pricing/rating-step.ts';

export type Draft = {
  /** Major units, not rounded: the sum of the steps' subtotals. */
  readonly exact: Dec;
  readonly steps: readonly RatingStep[];
};
