// Owns how bad a seed's world is: which faults it has and how often (swarm testing: every seed has its own few), and the
// end of all of them when the second phase begins.
import type { Dice } from './dice.ts';
import type { OutsideFaults } from './outside.ts';
import type { ProviderFaults } from './provider.ts';
import type { QueueFaults } from './queue-server.ts';

export type DatabaseFaults = {
  /** Probabilities per request. */
  lostBefore: number;
  lostAfter: number;
  refused: number;
  crashBefore: number;
  crashAfter: number;
  /** The same for requests that commit. */
  commitLostBefore: number;
  commitLostAfter: number;
  /** Per crossing of a crash point. */
  crashAtPoint: number;
};

export type ProcessFaults = {
  /** Milliseconds between two misfortunes of processes, on average; 0: none. */
  everyMs: number;
  /** Which there are. */
  kinds: ('crash' | 'pause' | 'deploy' | 'wipe' | 'jump' | 'night')[];
  skewMs: number;
};

export type Weather = {
  readonly database: DatabaseFaults;
  readonly processes: ProcessFaults;
  readonly queue: QueueFaults;
  readonly provider: ProviderFaults;
  readonly outside: OutsideFaults;
};

/** How far a clock of a process is off. */
export const SKEW_MS_MAX = 1_900;

/** Each fault is there in about half of the seeds, so that each is also seen without the others. One in eight is calm. */
export function forecast(dice: Dice): Weather {
  const calm = dice.chance(0.125);
  const some = (most: number): number => (!calm && dice.chance(0.5) ? dice.number() * most : 0);
  const kinds: ProcessFaults['kinds'] = ['crash', 'pause', 'deploy', 'wipe', 'jump', 'night'];
  return {
    database: {
      lostBefore: some(0.004),
      lostAfter: some(0.004),
      refused: some(0.01),
      crashBefore: some(0.002),
      crashAfter: some(0.002),
      commitLostBefore: some(0.03),
      commitLostAfter: some(0.03),
      crashAtPoint: some(0.01),
    },
    processes: {
      everyMs: calm ? 0 : dice.int(4_000, 30_000),
      kinds: kinds.filter(() => dice.chance(0.5)),
      skewMs: calm ? 0 : dice.int(0, SKEW_MS_MAX),
    },
    queue: {
      lost: some(0.3),
      doubled: some(0.3),
      delayed: some(0.3),
      reordered: some(1),
      away: some(0.05),
    },
    provider: {
      answerLost: some(0.3),
      failsAfterCharging: some(0.3),
      failsBefore: some(0.3),
      throttled: some(0.4),
      hangs: some(0.15),
    },
    outside: {
      mailDown: some(0.4),
      mailAnswerLost: some(0.3),
      hookSlow: some(0.15),
      hookFails: some(0.4),
      hookRedirects: some(0.2),
      hookThrottles: some(0.2),
      hookGone: some(0.03),
      hookAnswerLost: some(0.3),
    },
  };
}

/** Ends all faults in place: whoever holds a part of the weather sees it. */
export function clearUp(weather: Weather): void {
  for (const part of [weather.database, weather.queue, weather.provider, weather.outside]) {
    for (const name of Object.keys(part)) Object.assign(part, { [name]: 0 });
  }
  weather.processes.everyMs = 0;
}
