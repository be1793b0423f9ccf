// Owns how loud a repeating fault is: the first of a place is logged, the following ones are counted.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const QUIET_MS = 10_000;

/** `(where, error)` logs at most once in ten seconds for each place, with the number of faults kept silent since. */
export function quietFaults(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly message: string;
}): (where: string, error: unknown) => void {
  const { clock, log, message } = deps;
  const places = new Map<string, { loudAtMs: number; silent: number }>();
  return (where, error) => {
    const nowMs = clock.monotonicMs();
    const place = places.get(where);
    if (place !== undefined && nowMs - place.loudAtMs < QUIET_MS) {
      place.silent += 1;
      return;
    }
    const text = error instanceof Error ? error.message : String(error);
    log.warn(message, { where, error: text, silent: place?.silent ?? 0 });
    places.set(where, { loudAtMs: nowMs, silent: 0 });
  };
}
