// Owns a present that passes only while nothing is under way: no query is unanswered and no promise is about to go on. So a
// story on a real database waits for nothing, and its events come in one order.
import type { Owner, Timeline } from '../simulation/timeline.ts';

type Event = {
  readonly atMs: number;
  act: (() => void) | undefined;
  readonly owner: Owner | undefined;
};

/** Rounds of setImmediate without anything new after which everything that could follow has followed. */
const QUIET_ROUNDS = 3;

export type IdleTimeline = Timeline & {
  /** An answer came: whoever waits for quiet looks again. */
  changed(): void;
};

/** `owed` is how many answers are still to come from outside. */
export function createIdleTimeline({ startMs, owed }: { startMs: number; owed: () => number }): IdleTimeline {
  const events: Event[] = [];
  let nowMs = startMs;
  let jumpedMs = 0;
  let happened = 0;
  let stirred = 0;
  let awaited: (() => void) | undefined;

  const livedMs = (): number => nowMs - startMs - jumpedMs;

  const quiet = async (): Promise<void> => {
    for (let rounds = 0; rounds < QUIET_ROUNDS; ) {
      if (owed() > 0) {
        await new Promise<void>((resolve) => {
          awaited = resolve;
        });
        rounds = 0;
      }
      const before = stirred;
      await new Promise((resolve) => setImmediate(resolve));
      rounds = stirred === before && owed() === 0 ? rounds + 1 : 0;
    }
  };

  /** The first event of somebody who lives. */
  const next = (): Event | undefined => {
    for (let event = events.shift(); event !== undefined; event = events.shift())
      if (event.act !== undefined && event.owner?.dead !== true) return event;
    return undefined;
  };

  const insert = (event: Event): void => {
    const at = events.findLastIndex((one) => one.atMs <= event.atMs);
    events.splice(at + 1, 0, event);
  };

  return {
    nowMs: () => nowMs,
    livedMs,
    events: () => happened,
    stir: () => {
      stirred += 1;
    },
    changed: () => {
      stirred += 1;
      awaited?.();
    },
    after: (ms, act, owner) => {
      stirred += 1;
      const event: Event = { atMs: nowMs + Math.max(0, ms), act, owner };
      insert(event);
      return () => {
        event.act = undefined;
      };
    },
    jump: (ms) => {
      nowMs += ms;
      jumpedMs += ms;
    },
    run: async ({ done, forMs }) => {
      const untilMs = livedMs() + forMs;
      await quiet();
      for (;;) {
        if (done()) return 'done';
        const event = next();
        if (event === undefined) return 'idle';
        nowMs = Math.max(nowMs, event.atMs);
        if (livedMs() > untilMs) return 'late';
        happened += 1;
        event.act?.();
        await quiet();
      }
    },
  };
}
