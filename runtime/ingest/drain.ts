// Owns draining the inbox: passes side by side while there is a backlog, and what becomes of a row that cannot be counted.
// Running twice, or in two processes at once, counts nothing twice: the identity table decides.
import { instantText } from '#actors/calendar/time.ts';
import { inSystem, type Sql } from '#db/scope.ts';
import { setAside } from '#db/usage-drain.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import { createDrainPass, DRAIN_EVENTS_MAX, type Pass } from './drain-pass.ts';
import { isDataError } from './group-commit.ts';

const CLAIM_ROWS_MIN = 5;
const CLAIM_ROWS_FIRST = 50;
const CLAIM_ROWS_MAX = 500;
/** Passes at a time in one run: with more, the server's processors are busy already (protocols H18). */
const LANES = 2;
const FAILURE_CHARS_MAX = 1_000;

export type Drain = {
  /** Counts until nothing is left that nobody else counts, or `signal` aborts; resolves to the number of events. */
  run(signal: AbortSignal): Promise<number>;
};

export type DrainDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: Bell;
  readonly log: Log;
  readonly cross?: Crossing;
  readonly metrics?: Pick<Metrics, 'eventsIngested'>;
};

export function createDrain(deps: DrainDeps): Drain {
  const { sql, clock, log } = deps;
  const pass = createDrainPass(deps);

  /** A row that the database refuses must not keep the others from being counted: alone, it is set aside. */
  const passAlone = async (): Promise<Pass> => {
    let id: string | undefined;
    try {
      return await pass(1, (rows) => {
        id = rows[0]?.id;
      });
    } catch (error) {
      const row = id;
      if (row === undefined || !isDataError(error)) throw error;
      log.error('usage that cannot be counted is set aside', { error, inboxId: row });
      const failure = error instanceof Error ? error.message.slice(0, FAILURE_CHARS_MAX) : '';
      await inSystem(sql, (tx) => setAside(tx, { id: row, at: instantText(clock.wall()), failure }));
      return { rows: 1, full: true, events: 0, eventsPerRow: 1 };
    }
  };

  const lane = async (signal: AbortSignal, backlog: () => void): Promise<number> => {
    let total = 0;
    let rowsMax = CLAIM_ROWS_FIRST;
    let alone = 0;
    while (!signal.aborted) {
      try {
        const done = alone > 0 ? await passAlone() : await pass(rowsMax);
        alone = Math.max(0, alone - 1);
        total += done.events;
        if (done.rows === 0) break;
        if (done.full) backlog();
        rowsMax = Math.ceil(DRAIN_EVENTS_MAX / done.eventsPerRow);
        rowsMax = Math.min(Math.max(rowsMax, CLAIM_ROWS_MIN), CLAIM_ROWS_MAX);
      } catch (error) {
        if (!isDataError(error)) throw error;
        alone = rowsMax;
      }
    }
    return total;
  };

  return {
    async run(signal) {
      const lanes: Promise<number>[] = [];
      const start = (): void => {
        if (lanes.length < LANES) lanes.push(lane(signal, start));
      };
      start();
      const totals = [];
      // Grows while it is walked: a lane that finds a backlog starts the next.
      for (const running of lanes) totals.push(await settled(running));
      const failed = totals.find((one) => 'error' in one);
      if (failed !== undefined) throw failed.error;
      return totals.reduce((sum, one) => sum + ('events' in one ? one.events : 0), 0);
    },
  };
}

/** Waits also for a lane that fails, so that no lane outlives its run. */
function settled(lane: Promise<number>): Promise<{ events: number } | { error: unknown }> {
  return lane.then(
    (events) => ({ events }),
    (error: unknown) => ({ error }),
  );
}
