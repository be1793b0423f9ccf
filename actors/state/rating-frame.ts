// Owns what a charge remembers for its rating beside its price. Plain prices need none of it.
// Times are the customer's.
import type { QuantitySplit } from '#actors/state/facts.ts';
import type { UnitRate } from '#actors/state/run-explanation.ts';
import type { Instant } from '#actors/state/scalars.ts';

/** A stretch of several billing periods over which a customer committed; `end` comes before `fullEnd` when service does. */
export type Term = { readonly start: Instant; readonly end: Instant; readonly fullEnd: Instant };

export type RatingFrame = {
  /** The parts of the usage that the price is rated on. */
  readonly split?: QuantitySplit;
  /** End of the full period: allowances and limits shrink when service ends before it (ruling R16). */
  readonly fullEnd?: Instant;
  /** Earlier periods from here on count too: what lasts longer than a period. */
  readonly since?: Instant;
  readonly term?: Term;
  /** Key of the unit that the price's amounts are in. */
  readonly priceUnit?: string;
  /** What that unit cost when the charge was first rated; it stays, also for late usage. */
  readonly unitRate?: UnitRate;
};
