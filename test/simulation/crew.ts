// Owns the running of many seeds: child processes that take one seed after another, and their verdicts as they come.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Verdict } from './simulation.ts';

const CHILD = join(import.meta.dirname, 'simulate-child.ts');

export type Crew = {
  readonly seeds: readonly number[];
  readonly processes: number;
  /** A known bug that the processes plant in themselves. */
  readonly bug?: string;
  /** Told each verdict; true: no more seeds are started. */
  tell(verdict: Verdict): boolean | void;
};

/** Runs every seed in one of the processes. Rejects when a process dies. */
export async function runSeeds(crew: Crew): Promise<void> {
  const waiting = [...crew.seeds];
  const children = Array.from({ length: Math.min(crew.processes, waiting.length) }, () =>
    workOff(waiting, crew),
  );
  await Promise.all(children);
}

function workOff(waiting: number[], { bug, tell }: Crew): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = bug === undefined ? [] : [bug];
    const child: ChildProcess = fork(CHILD, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const next = (): void => {
      const seed = waiting.shift();
      if (seed === undefined) child.disconnect();
      else child.send(seed);
    };
    child.on('message', (said: Verdict | 'ready') => {
      if (said !== 'ready' && tell(said) === true) waiting.length = 0;
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a simulating process ended with ${code}`));
    });
  });
}
