// Owns how loud a broken connection is: the first fault of a place is logged, the following ones are counted.
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';

const QUIET_MS = 10_000;

/** `(where, error)` logs at most once in ten seconds for each place, with the number of faults kept silent. */
export function quietFaults({
  clock,
  log,
}: {
  clock: Clock;
  log: Log;
}): (where: string, error: Error) => void {
  const places = new Map<string, { loudAtMs: number; silent: number }>();
  return (where, error) => {
    const nowMs = clock.monotonicMs();
    const place = places.get(where);
    if (place !== undefined && nowMs - place.loudAtMs < QUIET_MS) {
      place.silent += 1;
      return;
    }
    log.warn('queue server fault', { where, error: error.message, silent: place?.silent ?? 0 });
    places.set(where, { loudAtMs: nowMs, silent: 0 });
  };
}
