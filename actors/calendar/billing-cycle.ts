// Owns where billing periods begin and end: the n-th boundary counted from the anchor, in a zone's calendar (law 11).
// Refuses to know the present and what is billed.
import { compareInstants, keptByInstant } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';

export const INTERVALS = ['day', 'week', 'month', 'year'] as const;

export type Interval = (typeof INTERVALS)[number];

/** Periods of `count` intervals (at least 1), aligned to the anchor's wall-clock time in the IANA zone. */
export type BillingCycle = {
  readonly anchor: Temporal.Instant;
  readonly zone: string;
  readonly interval: Interval;
  readonly count: number;
};

const boundaries = keptByInstant<string, Temporal.Instant>();

/**
 * The n-th boundary; 0 is the anchor, negative numbers lie before it. Each is computed from the anchor, never from its
 * neighbor: 31 Jan → 28 Feb → 31 Mar. A day missing in a month is its last day.
 * A wall-clock time that clocks skip is moved on by the skipped length (02:30 → 03:30); one that occurs twice is the
 * first of the two. A whole day that a zone skipped (Apia, 30 Dec 2011) gives a daily cycle one empty period.
 * Throws RangeError for a count that is no whole number of at least 1, and for an unknown zone.
 */
export function boundary(cycle: BillingCycle, n: number): Temporal.Instant {
  if (!Number.isSafeInteger(cycle.count) || cycle.count < 1) {
    throw new RangeError(`a billing period cannot last ${cycle.count} intervals`);
  }
  if (n === 0) return cycle.anchor;
  const { anchor, zone, interval } = cycle;
  const steps = n * cycle.count;
  return boundaries(anchor, `${steps} ${interval} ${zone}`, () =>
    anchor.toZonedDateTimeISO(zone).add(stepOf(interval, steps)).toInstant(),
  );
}

/** The period from boundary `index` to the next. */
export function periodAt(cycle: BillingCycle, index: number): Period {
  return { start: boundary(cycle, index), end: boundary(cycle, index + 1) };
}

/** Index of the period that contains the instant; never that of an empty period. */
export function indexAt(cycle: BillingCycle, instant: Temporal.Instant): number {
  const largestUnit = cycle.interval;
  const passed = cycle.anchor
    .toZonedDateTimeISO(cycle.zone)
    .until(instant.toZonedDateTimeISO(cycle.zone), { largestUnit });
  // An estimate: months of different lengths and clock changes can put it one off, on either side.
  let index = Math.floor(passed[`${largestUnit}s`] / cycle.count);
  while (compareInstants(boundary(cycle, index), instant) > 0) index -= 1;
  while (compareInstants(boundary(cycle, index + 1), instant) <= 0) index += 1;
  return index;
}

function stepOf(interval: Interval, count: number): Temporal.DurationLike {
  switch (interval) {
    case 'day':
      return { days: count };
    case 'week':
      return { weeks: count };
    case 'month':
      return { months: count };
    case 'year':
      return { years: count };
    default:
      return interval satisfies never;
  }
}
