// Owns the slow part of the sweep: months of usage exist before they begin, old ingest answers go, and a part of all rollups
// is compared with its facts.
import { instantText } from '#actors/calendar/time.ts';
import { inSystem, type Sql } from '#db/scope.ts';
import { addMonth, deleteIngestAnswers, type Month } from '#db/upkeep.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { RollupCheck } from './rollup-check.ts';

/** This month and the next two: a process that stands still for weeks still finds its month. */
const MONTHS_AHEAD = 2;
const ANSWERS_KEPT_HOURS = 7 * 24;
const DELETED_AT_ONCE = 5_000;

export type Upkeep = { once(): Promise<{ monthsMade: number; answersDeleted: number }> };

export type UpkeepDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly rollups: RollupCheck;
};

export function createUpkeep({ sql, clock, log, rollups }: UpkeepDeps): Upkeep {
  const ensureMonth = async (month: Month): Promise<number> => {
    try {
      return await inSystem(sql, (tx) => addMonth(tx, month));
    } catch (error) {
      // Rows of that month in the default partition: they count all the same, only detaching the month is lost.
      log.warn('month of usage has no partition of its own', { ...month, error });
      return 0;
    }
  };

  const deleteAnswers = async (): Promise<number> => {
    const before = instantText(clock.wall().subtract({ hours: ANSWERS_KEPT_HOURS }));
    let deleted = 0;
    for (let part = DELETED_AT_ONCE; part === DELETED_AT_ONCE; deleted += part) {
      part = await inSystem(sql, (tx) => deleteIngestAnswers(tx, before, DELETED_AT_ONCE));
    }
    return deleted;
  };

  return {
    once: async () => {
      let monthsMade = 0;
      for (const month of monthsFrom(clock)) monthsMade += await ensureMonth(month);
      const answersDeleted = await deleteAnswers();
      await rollups.once();
      return { monthsMade, answersDeleted };
    },
  };
}

/** Months of the storing machine's time, in UTC. */
function monthsFrom(clock: Clock): Month[] {
  const first = clock.wall().toZonedDateTimeISO('UTC').startOfDay().with({ day: 1 });
  const start = (months: number): string => instantText(first.add({ months }).toInstant());
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, at) => ({ from: start(at), to: start(at + 1) }));
}
