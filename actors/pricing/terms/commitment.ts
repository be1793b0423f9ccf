// Owns what a customer committed to: how much of a spend lies within it, what lies beyond and at which factor, and what
// is missing.
import { type Dec, Decimal, decimal, ZERO } from '#actors/money/decimal.ts';
import {
  choice,
  factor,
  oneOf,
  optionalFlag,
  optionalWhole,
  positive,
} from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';

const TYPES = ['amount', 'quantity'] as const;
const SPANS = ['period', 'term'] as const;

/**
 * `value` is an amount in major units, or a quantity that stands for what the price itself makes of it. `over` a term
 * of several periods the spend of earlier ones counts. Where a price is rated per window, each window is committed.
 */
export type Commitment = {
  readonly type: (typeof TYPES)[number];
  readonly value: string;
  /** What lies beyond costs this many times its price; absent: once. */
  readonly overageFactor?: string;
  /** Whether what is missing is billed at the end of the period or term. */
  readonly trueUp: boolean;
  readonly over: (typeof SPANS)[number];
  /** Billing periods of a term: there exactly when `over` is a term. */
  readonly periods?: number;
};

const PERIODS_ENDS = [2, 1_200] as const;

export function parseCommitment(fields: Fields): Commitment {
  const overageFactor =
    fields.take('overageFactor') === undefined ? undefined : factor(fields, 'overageFactor');
  const over = choice(fields, 'over', SPANS);
  const periods = optionalWhole(fields, 'periods', PERIODS_ENDS);
  if (over === 'term' && periods === undefined) fields.problem('periods', 'is required over a term');
  if (over === 'period' && periods !== undefined) fields.problem('periods', 'needs over to be term');
  const commitment = {
    type: oneOf(fields, 'type', TYPES) ?? 'amount',
    value: positive(fields, 'value'),
    trueUp: optionalFlag(fields, 'trueUp') ?? false,
    over,
    ...(periods !== undefined && { periods }),
    ...(overageFactor !== undefined && { overageFactor }),
  };
  fields.refuseOthers();
  if (!commitment.trueUp && decimal(overageFactor ?? '1').equals(1)) {
    fields.problem('trueUp', 'must be true, or overageFactor other than 1: else it commits to nothing');
  }
  return commitment;
}

/** `within` + `over` is the spend; `extra` is what the factor adds to `over`; `missing` is not billed by itself. */
export type Committed = {
  readonly within: Dec;
  readonly over: Dec;
  readonly extra: Dec;
  readonly missing: Dec;
};

/** Splits a spend at what is left of the commitment; both in the same unit, neither rounded here. */
export function commit(spend: Dec, left: Dec, overageFactor: string | undefined): Committed {
  const within = Decimal.min(spend, Decimal.max(left, ZERO));
  const over = spend.minus(within);
  const surcharge = decimal(overageFactor ?? '1').minus(1);
  return { within, over, extra: over.times(surcharge), missing: Decimal.max(left.minus(spend), ZERO) };
}
