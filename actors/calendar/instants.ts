// Owns comparing instants; nothing about calendars.

/** Negative, zero or positive as `a` is before, at or after `b`. */
export const compareInstants = Temporal.Instant.compare;

/** The later of two instants. */
export function laterOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return compareInstants(a, b) >= 0 ? a : b;
}

/** The earlier of two instants. */
export function earlierOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return compareInstants(a, b) <= 0 ? a : b;
}

/** Whether `at` has been reached at `now`; never when `at` is null. */
export function isDue(at: Temporal.Instant | null, now: Temporal.Instant): boolean {
  return at !== null && compareInstants(at, now) <= 0;
}
