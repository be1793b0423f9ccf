// Owns waiting for answers: one loop a process asks for all waited-for commands in a single select (protocols H3).
// Holds no connection between two looks, and ends each wait at its own time.
import type { CommandState } from '#db/commands.ts';
import { loadCommandStates } from '#db/commands.ts';
import { inSystem, type Sql } from '#db/scope.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

const POLL_MS_MIN = 10;
const POLL_MS_MAX = 100;

type Wait = {
  readonly tenantId: string;
  readonly id: string;
  readonly untilMs: number;
  readonly settle: (state: CommandState | undefined) => void;
};

export type CommandWaiter = {
  /** The state of a command once it is done or its customer is parked; undefined after `ms` milliseconds. */
  wait(tenantId: string, id: string, ms: number): Promise<CommandState | undefined>;
  /** Looks at once: something was decided in this process. */
  wake(): void;
  /** Ends all waits unanswered. */
  close(): void;
};

export function createCommandWaiter(deps: { sql: Sql; clock: Clock; log: Log }): CommandWaiter {
  const { sql, clock, log } = deps;
  const waits = new Set<Wait>();
  const ending = new AbortController();
  let pollMs = POLL_MS_MIN;
  let nap = new AbortController();
  let looping = false;

  const end = (wait: Wait, state: CommandState | undefined): void => {
    waits.delete(wait);
    wait.settle(state);
  };

  const wake = (): void => {
    pollMs = POLL_MS_MIN;
    nap.abort();
  };

  /** One pass over a fixed set of waits: those that join meanwhile are looked at by the next. */
  const look = async (): Promise<void> => {
    const asked = [...waits];
    try {
      const states = await inSystem(sql, (tx) => loadCommandStates(tx, asked));
      const answered = new Map(
        states.filter(isAnswered).map((state) => [`${state.tenantId} ${state.id}`, state]),
      );
      for (const wait of asked) {
        const state = answered.get(`${wait.tenantId} ${wait.id}`);
        if (state !== undefined) end(wait, state);
      }
    } catch (error) {
      log.warn('looking for answers failed', { error, waiting: asked.length });
    }
    for (const wait of waits) if (clock.monotonicMs() >= wait.untilMs) end(wait, undefined);
  };

  const loop = async (): Promise<void> => {
    looping = true;
    while (waits.size > 0) {
      nap = new AbortController();
      await look();
      if (waits.size === 0) break;
      // Two parts: nothing shortens the first, so a busy process asks a hundred times a second and not for each request.
      await clock.sleep(POLL_MS_MIN, ending.signal);
      await clock.sleep(pollMs - POLL_MS_MIN, nap.signal);
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX);
    }
    looping = false;
  };

  return {
    wait: (tenantId, id, ms) =>
      new Promise((settle) => {
        if (ending.signal.aborted) return settle(undefined);
        waits.add({ tenantId, id, untilMs: clock.monotonicMs() + ms, settle });
        wake();
        if (!looping) void loop();
      }),
    wake,
    close() {
      ending.abort();
      for (const wait of waits) end(wait, undefined);
      nap.abort();
    },
  };
}

function isAnswered(state: CommandState): boolean {
  return state.status === 'done' || isHeldUp(state);
}

/** Nothing but a release moves a parked customer's commands. */
export function isHeldUp(state: CommandState): boolean {
  return state.status === 'queued' && state.parked && state.type !== 'customer.release';
}
