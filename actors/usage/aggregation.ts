// Owns how facts of a meter become one quantity, and how partial results merge. Refuses events, filters and storage.
import { compareInstants } from '#actors/calendar/instants.ts';
import { type Dec, Decimal, decimal, ZERO } from '#actors/money/decimal.ts';

/** Those that partial results merge to, exactly. */
export const MERGED_AGGREGATIONS = ['count', 'sum', 'max', 'min', 'latest', 'average'] as const;

export type MergedAggregation = (typeof MERGED_AGGREGATIONS)[number];

export const AGGREGATIONS = [
  ...MERGED_AGGREGATIONS,
  'unique_count',
  'percentile',
  'time_weighted_average',
  'time_weighted_sum',
] as const;

export type Aggregation = (typeof AGGREGATIONS)[number];

/** Places to which a quantity that is a quotient is rounded, once, half away from zero. */
const QUOTIENT_DECIMALS = 18;

/** One counted event's value; `sequence` is the order of ingest and decides between events of one instant. */
export type Fact = { readonly value: Dec; readonly time: Temporal.Instant; readonly sequence: bigint };

/** What is kept of any number of facts. Merging is associative and commutative, so no order or split of facts matters. */
export type Rollup = {
  readonly count: bigint;
  readonly sum: Dec;
  readonly min: Dec | undefined;
  readonly max: Dec | undefined;
  /** By (time, sequence). */
  readonly latest: Fact | undefined;
};

export const EMPTY_ROLLUP: Rollup = {
  count: 0n,
  sum: ZERO,
  min: undefined,
  max: undefined,
  latest: undefined,
};

export function rollUp(facts: Iterable<Fact>): Rollup {
  let rollup = EMPTY_ROLLUP;
  for (const fact of facts) {
    rollup = mergeRollups(rollup, {
      count: 1n,
      sum: fact.value,
      min: fact.value,
      max: fact.value,
      latest: fact,
    });
  }
  return rollup;
}

export function mergeRollups(left: Rollup, right: Rollup): Rollup {
  return {
    count: left.count + right.count,
    sum: left.sum.plus(right.sum),
    min: both(left.min, right.min, (a, b) => Decimal.min(a, b)),
    max: both(left.max, right.max, (a, b) => Decimal.max(a, b)),
    latest: both(left.latest, right.latest, (a, b) => (isAfter(a, b) ? a : b)),
  };
}

/** Total ÷ parts, as every average is rounded. */
export function quotient(total: Dec, parts: Dec): Dec {
  return total.div(parts).toDecimalPlaces(QUOTIENT_DECIMALS);
}

/** The quantity to be rated; zero where nothing was counted. */
export function quantityOf(aggregation: MergedAggregation, rollup: Rollup): Dec {
  switch (aggregation) {
    case 'count':
      return decimal(rollup.count);
    case 'sum':
      return rollup.sum;
    case 'max':
      return rollup.max ?? ZERO;
    case 'min':
      return rollup.min ?? ZERO;
    case 'latest':
      return rollup.latest?.value ?? ZERO;
    case 'average':
      return rollup.count === 0n ? ZERO : quotient(rollup.sum, decimal(rollup.count));
    default:
      return aggregation satisfies never;
  }
}

function isAfter(left: Fact, right: Fact): boolean {
  const order = compareInstants(left.time, right.time);
  return order === 0 ? left.sequence > right.sequence : order > 0;
}

function both<T>(left: T | undefined, right: T | undefined, pick: (a: T, b: T) => T): T | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : pick(left, right);
}
