// Owns when a failed delivery is tried again, and when an endpoint that only fails is given up.
// Pure: the present and the random number come in.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Delay after the n-th attempt. Even with every jitter downwards the last try is 74 hours after the first. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  16 * HOUR_MS,
  24 * HOUR_MS,
  36 * HOUR_MS,
] as const;
/** Share of the delay by which it may be shorter or longer, so that retries do not arrive together. */
const JITTER = 0.2;
/** An endpoint that says it is overloaded, or does not answer, gets at least this much rest. */
const OVERLOAD_REST_MS = 60 * SECOND_MS;
/** A Retry-After beyond this and beyond twice our own delay is cut: an endpoint cannot silence itself for years. */
const RETRY_AFTER_MS_MAX = HOUR_MS;
/** An overloaded endpoint rests for this share of the time it has been failing. */
const REST_SHARE = 0.1;
/** An endpoint that has only failed for this long is disabled. */
export const FAILING_MS_MAX = 5 * 24 * HOUR_MS;

export const ATTEMPTS_MAX = DELAYS_MS.length + 1;

/**
 * Milliseconds until the next try after `attempts` tries, or undefined when that was the last. `chance` is in [0, 1);
 * `retryAfterMs` is what the endpoint asked for, and never makes the wait shorter than our own.
 */
export function retryDelayMs(
  attempts: number,
  retry: { readonly chance: number; readonly overloaded: boolean; readonly retryAfterMs: number | undefined },
): number | undefined {
  const delay = DELAYS_MS[attempts - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * (1 + JITTER * (2 * retry.chance - 1));
  const least = retry.overloaded ? Math.max(jittered, OVERLOAD_REST_MS) : jittered;
  const most = Math.max(2 * delay, RETRY_AFTER_MS_MAX, least);
  return Math.round(Math.min(Math.max(least, retry.retryAfterMs ?? 0), most));
}

/**
 * How long an overloaded endpoint rests as a whole. The longer it has been failing, the less often it is asked, so that
 * many hanging endpoints together keep few workers waiting.
 */
export function restMs(retryAfterMs: number | undefined, failingForMs: number): number {
  const least = Math.max(OVERLOAD_REST_MS, failingForMs * REST_SHARE);
  return Math.round(Math.min(Math.max(least, retryAfterMs ?? 0), RETRY_AFTER_MS_MAX));
}
