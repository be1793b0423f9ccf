// Owns what one process remembers of its sweeps: which keys it rang, and when, for rows that have no mark of their own.
// Another process may ring the same key once more; that costs a look, nothing else.
import type { RecentRings } from '#db/due-work.ts';

export type SweepMemory = {
  /** The keys rung since `rungBefore`; older ones are forgotten. */
  recent(rungBefore: string): RecentRings;
  remember(keys: readonly string[], rungAt: string): void;
};

export function createSweepMemory(): SweepMemory {
  const rungAtByKey = new Map<string, string>();
  return {
    recent: (rungBefore) => {
      for (const [key, rungAt] of rungAtByKey) if (rungAt < rungBefore) rungAtByKey.delete(key);
      return { keys: [...rungAtByKey.keys()], rungAt: [...rungAtByKey.values()] };
    },
    remember: (keys, rungAt) => {
      for (const key of keys) rungAtByKey.set(key, rungAt);
    },
  };
}
