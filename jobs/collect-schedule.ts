// Owns when an unresolved payment is asked about again, and how it is asked (law 8, contracts 4.4). Pure.
import type { WallTime } from '#actors/calendar/time.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Milliseconds after the first, second, … call without an answer; the last is repeated. */
const RETRY_AFTER_MS = [2 * SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS] as const;

/** Providers remember a key for 24 hours; after this it is looked up and never sent again. */
const KEY_HOURS = 23;

/** When to ask again after `callCount` calls without an answer. */
export function retryAt(now: WallTime, callCount: number): Temporal.Instant {
  const last = RETRY_AFTER_MS.length - 1;
  return now.add({ milliseconds: RETRY_AFTER_MS[Math.min(callCount - 1, last)] ?? HOUR_MS });
}

/** Whether the provider may have forgotten a key that was first sent at `firstCalledAt`. */
export function isKeyOld(now: WallTime, firstCalledAt: string): boolean {
  return Temporal.Instant.compare(now, Temporal.Instant.from(firstCalledAt).add({ hours: KEY_HOURS })) >= 0;
}
