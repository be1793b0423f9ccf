// Owns the present: the only file that asks the machine what time it is or waits for it.
// Everything else takes a Clock as an argument; tests pass one they move by hand.
import { type WallTime, wallTime } from '#actors/calendar/time.ts';

export type Clock = {
  /** The machine's time, in microseconds. */
  wall(): WallTime;
  /** Milliseconds from an unknown start that never go back; for measuring, never for storing. */
  monotonicMs(): number;
  /** Waits; an abort ends the wait early without an error, so a loop only has to look at its signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The machine's own clock. */
export function systemClock(): Clock {
  return {
    wall: () => wallTime(Temporal.Now.instant()),
    monotonicMs: () => performance.now(),
    sleep,
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
