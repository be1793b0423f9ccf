// Owns the rhythm of the sweep and its upkeep in one process: at once at the start, then again and again (the upkeep by
// its schedule) until told to stop.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { quietFaults } from './quiet-faults.ts';
import type { Random } from './random.ts';
import { untilNext } from './schedule.ts';
import type { Sweep } from './sweep.ts';
import { SWEEP } from './sweep-settings.ts';
import type { Upkeep } from './sweep-upkeep.ts';

/** Of the pause between two sweeps, up or down. */
export const SWEEP_JITTER = 0.2;

export type SweepLoop = {
  /** Ends after the sweep under way. */
  stop(): Promise<void>;
};

/** Starts sweeping. A sweep that fails (the database is away) is followed by the next one. */
export function startSweeping(deps: {
  readonly sweep: Sweep;
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Cron expression of the upkeep, in UTC. */
  readonly upkeepSchedule: string;
  readonly everyMs?: number;
}): SweepLoop {
  const { sweep, upkeep, clock, random, log, upkeepSchedule, everyMs = SWEEP.everyMs } = deps;
  const stopping = new AbortController();
  const faults = quietFaults({ clock, log, message: 'sweep failed' });

  const repeat = async (name: string, work: () => Promise<number>): Promise<void> => {
    while (!stopping.signal.aborted) {
      const pauseMs = await work().catch((error: unknown) => {
        faults(name, error);
        return everyMs;
      });
      const jitter = 1 + SWEEP_JITTER * (2 * random.number() - 1);
      if (pauseMs > 0) await clock.sleep(pauseMs * jitter, stopping.signal);
    }
  };

  const loops = Promise.all([
    repeat('sweep', async () => ((await sweep.once()).more ? 0 : everyMs)),
    repeat('upkeep', async () => {
      await upkeep.once();
      return untilNext(upkeepSchedule, clock.wall());
    }),
  ]);
  return {
    stop: async () => {
      stopping.abort();
      await loops;
    },
  };
}
