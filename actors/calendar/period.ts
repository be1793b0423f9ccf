// Owns the half-open stretch of time [start, end). Refuses calendars: it knows instants and lengths only.
import { type Dec, decimal } from '#actors/money/decimal.ts';
import { compareInstants, earlierOf, laterOf } from './instants.ts';

/** The start belongs to the period, the end does not. */
export type Period = { readonly start: Temporal.Instant; readonly end: Temporal.Instant };

/** Throws RangeError when the end lies before the start; both at one instant make an empty period. */
export function period(start: Temporal.Instant, end: Temporal.Instant): Period {
  if (compareInstants(start, end) > 0) {
    throw new RangeError(`a period cannot end (${end.toString()}) before it starts (${start.toString()})`);
  }
  return { start, end };
}

export function contains(whole: Period, instant: Temporal.Instant): boolean {
  return compareInstants(whole.start, instant) <= 0 && compareInstants(instant, whole.end) < 0;
}

/** What both periods have in common; undefined when that is nothing. */
export function overlap(left: Period, right: Period): Period | undefined {
  const start = laterOf(left.start, right.start);
  const end = earlierOf(left.end, right.end);
  return compareInstants(start, end) < 0 ? { start, end } : undefined;
}

/** The two parts of a period around an instant strictly inside it. Throws RangeError for any other instant. */
export function splitAt(whole: Period, instant: Temporal.Instant): readonly [Period, Period] {
  if (!contains(whole, instant) || instant.equals(whole.start)) {
    throw new RangeError(`${instant.toString()} is not inside the period`);
  }
  return [
    { start: whole.start, end: instant },
    { start: instant, end: whole.end },
  ];
}

/** Elapsed time, not calendar time: a day on which clocks change has 23 or 25 hours. */
export function nanosecondsOf(whole: Period): bigint {
  return whole.end.epochNanoseconds - whole.start.epochNanoseconds;
}

/**
 * The share of an amount that falls to a part of a period, by elapsed time (rulings R16, R17): amount × part ÷ whole,
 * divided once and not rounded. An empty whole gives the full amount.
 */
export function prorate(amount: Dec, part: Period, whole: Period): Dec {
  const length = nanosecondsOf(whole);
  return length === 0n ? amount : amount.times(decimal(nanosecondsOf(part))).div(decimal(length));
}

/** Part ÷ whole as a decimal: for explanations. Amounts go through {@link prorate}, which divides last. */
export function fraction(part: Period, whole: Period): Dec {
  return prorate(decimal(1), part, whole);
}
