// Owns who uses the embedded server now: one process at a time may start or stop it, and the last one out stops it.
// Process numbers in files, so that a killed process is seen to be gone.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { createNewFile } from '../new-file.ts';

const LOCK_WAIT_MS_MAX = 180_000;
const POLL_MS = 50;

export type Turnstile = {
  /** Runs `work` while no other process is in here. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  enter(): void;
  /** Answers true if nobody is left. */
  leave(): boolean;
};

/** Several turnstiles of one process (tests) count as several users: `seat` tells them apart. */
export function createTurnstile({
  folder,
  clock,
  seat,
}: {
  folder: string;
  clock: Clock;
  seat: string;
}): Turnstile {
  const users = join(folder, 'users');
  const lock = join(folder, 'lock');
  const own = `${process.pid}.${seat}`;
  mkdirSync(users, { recursive: true });

  return {
    exclusively: async (work) => {
      await takeLock(lock, clock);
      try {
        return await work();
      } finally {
        rmSync(lock, { force: true });
      }
    },
    enter: () => writeFileSync(join(users, own), ''),
    leave: () => {
      rmSync(join(users, own), { force: true });
      for (const name of readdirSync(users)) {
        if (!isAlive(Number.parseInt(name, 10))) rmSync(join(users, name), { force: true });
      }
      return readdirSync(users).length === 0;
    },
  };
}

async function takeLock(lock: string, clock: Clock): Promise<void> {
  for (let waitedMs = 0; waitedMs < LOCK_WAIT_MS_MAX; waitedMs += POLL_MS) {
    if (createNewFile(lock, String(process.pid))) return;
    removeIfAbandoned(lock);
    await clock.sleep(POLL_MS);
  }
  throw new Error(`another process holds ${lock} and does not let go`);
}

function removeIfAbandoned(lock: string): void {
  try {
    const holder = readFileSync(lock, 'utf8');
    if (isAlive(Number(holder))) return;
    const aside = `${lock}.${process.pid}`;
    renameSync(lock, aside);
    // Someone else may have removed the dead lock and made a living one in between: give it back.
    if (readFileSync(aside, 'utf8') === holder) rmSync(aside);
    else renameSync(aside, lock);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
