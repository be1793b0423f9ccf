// Owns what a run stores about its rating, as JSON: the steps for people, and every input besides price, quantity and
// event count, so that the amount can be computed again.
import type { Adjustment } from '#actors/pricing/adjustments.ts';
import type { RatingStep } from '#actors/pricing/rating-step.ts';
import type { QuantityParts } from '#actors/state/facts.ts';
import type { DecimalText } from '#actors/state/scalars.ts';

/** What a period hands to later ones: converted units, and minor units that count toward a commitment. */
export type Carried = { readonly quantity: DecimalText; readonly amount: string };

/** Start and end, RFC 3339. */
export type StoredPeriod = readonly [start: string, end: string];

export type StoredShare = { readonly part: StoredPeriod; readonly whole: StoredPeriod };

/** What one unit of a price costs in the currency, in force since then; null: from the beginning. */
export type UnitRate = { readonly unit: string; readonly rate: DecimalText; readonly since: string | null };

/** What surrounds a rating besides its usage. All of it is absent for a price that asks for nothing. */
export type Surroundings = {
  /** The part of its full period in which the price was in force. */
  readonly share?: StoredShare;
  readonly termShare?: StoredShare;
  readonly isTermEnd?: true;
  readonly unitRate?: UnitRate;
  /** Of earlier periods. */
  readonly before?: Carried;
};

export type RunExplanation = {
  /** Major units before the one rounding. */
  readonly exact: DecimalText;
  readonly steps: readonly RatingStep[];
  /** How many steps more there are than are kept. */
  readonly stepsOmitted?: number;
  readonly adjustments?: readonly Adjustment[];
  /** Parts of the usage that the price was rated on. */
  readonly parts?: QuantityParts;
  /** True when there were too many parts to keep: they are read from the usage again. */
  readonly partsOmitted?: true;
  readonly around?: Surroundings;
  /** What later periods take from this one; only for a price that lasts longer than a period. */
  readonly carried?: Carried;
  readonly bookedBefore: { readonly amount: string; readonly quantity: DecimalText };
};
