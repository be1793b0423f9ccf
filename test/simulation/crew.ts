// Owns the running of many seeds: child processes that take one seed after another, and their verdicts as they come.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Verdict } from './simulation.ts';

const CHILD = join(import.meta.dirname, 'simulate-child.ts');

/** Runs every seed in one of `processes`; tells each verdict. Rejects when a process dies. */
export async function runSeeds(
  seeds: readonly number[],
  processes: number,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const waiting = [...seeds];
  const crew = Array.from({ length: Math.min(processes, seeds.length) }, () => workOff(waiting, tell));
  await Promise.all(crew);
}

function workOff(waiting: number[], tell: (verdict: Verdict) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const next = (): void => {
      const seed = waiting.shift();
      if (seed === undefined) child.disconnect();
      else child.send(seed);
    };
    child.on('message', (said: Verdict | 'ready') => {
      if (said !== 'ready') tell(said);
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a simulating process ended with ${code}`));
    });
  });
}
