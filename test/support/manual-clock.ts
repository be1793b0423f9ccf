// Owns a clock that stands still until a test moves it. Sleepers wake in the order of their times.
import { type WallTime, wallTime } from '#actors/calendar/time.ts';
import type { Clock } from '#runtime/clock.ts';

type Sleeper = { readonly atMs: number; readonly wake: () => void };

export type ManualClock = Clock & {
  /** Moves time forward, waking whoever sleeps until then, one after the other. */
  advance(ms: number): Promise<void>;
  /** How many waits are open. */
  sleeping(): number;
};

/** A clock that starts at `start` (ISO text) and moves only by `advance`. */
export function manualClock(start: string): ManualClock {
  const origin = wallTime(start);
  const sleepers = new Set<Sleeper>();
  let elapsedMs = 0;

  const wall = (): WallTime => wallTime(origin.add({ milliseconds: Math.trunc(elapsedMs) }));

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    signal?.aborted
      ? Promise.resolve()
      : new Promise((resolve) => {
          const sleeper = {
            atMs: elapsedMs + ms,
            wake: () => {
              sleepers.delete(sleeper);
              resolve();
            },
          };
          sleepers.add(sleeper);
          signal?.addEventListener('abort', sleeper.wake, { once: true });
        });

  const advance = async (ms: number): Promise<void> => {
    const until = elapsedMs + ms;
    for (;;) {
      const next = [...sleepers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > until) break;
      elapsedMs = Math.max(elapsedMs, next.atMs);
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    elapsedMs = until;
  };

  return { wall, monotonicMs: () => elapsedMs, sleep, advance, sleeping: () => sleepers.size };
}
