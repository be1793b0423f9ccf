// Owns real processes of Accrue as a platform runs them: several webs and workers on one database, each started, stopped and
// killed by its name. Knows no story.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { scratchFolder } from './scratch-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENTRIES = { web: 'http/web-entry.ts', worker: 'jobs/worker-entry.ts' } as const;
const LAST_WORDS_CHARS_MAX = 2_000;
const SAID = { web: 'listening', worker: 'working' } as const;

export type Settings = Readonly<Record<string, string>>;
type Line = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

export type Member = {
  readonly role: 'web' | 'worker';
  /** Where a web listens; the same after a restart. */
  readonly origin: string;
  start(): Promise<void>;
  /** Sends the signal and answers how the process ended and how long that took. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Stands still until it goes on; its clock does not. */
  pause(): void;
  goOn(): void;
  /** It does not run, whoever ended it. */
  hasEnded(): boolean;
  /** How it ended, and the end of what it then wrote to stderr. */
  lastWords(): string;
};

export type Fleet = {
  readonly members: readonly Member[];
  readonly operatorKey: string;
  /** What the processes logged as errors, each line once. */
  errors(): string[];
  close(): Promise<void>;
};

/** Starts webs and workers as in production: settings come from the environment and nothing else. */
export async function startFleet(
  given: Settings,
  { webs = 2, workers = 2 }: { readonly webs?: number; readonly workers?: number } = {},
): Promise<Fleet> {
  const folder = scratchFolder();
  const operatorKey = randomBytes(24).toString('base64url');
  const settings = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    ACCRUE_DATA_DIR: folder.path,
    ACCRUE_OPERATOR_KEY: operatorKey,
    ACCRUE_SECRET_KEY: randomBytes(32).toString('base64'),
    ...given,
  };
  const lines: Line[] = [];
  const members = [
    ...Array.from({ length: webs }, () => createMember('web', settings, lines)),
    ...Array.from({ length: workers }, () => createMember('worker', settings, lines)),
  ];
  await Promise.all(members.map((member) => member.start()));
  return {
    members,
    operatorKey,
    errors: () => [
      ...new Set(lines.filter(({ level }) => level === 'error').map((line) => JSON.stringify(line))),
    ],
    close: async () => {
      await Promise.all(members.map((member) => member.end('SIGKILL')));
      folder.remove();
    },
  };
}

function createMember(role: 'web' | 'worker', settings: Settings, lines: Line[]): Member {
  let child: ChildProcess | undefined;
  let port = 0;
  let printed = '';

  const start = async (): Promise<void> => {
    const started = spawnEntry(ENTRIES[role], { ...settings, PORT: String(port) });
    child = started;
    const ready = await new Promise<Line>((resolve, reject) => {
      let rest = '';
      printed = '';
      started.stderr.on('data', (data) => {
        printed += String(data);
      });
      started.stdout.on('data', (data) => {
        const parts = `${rest}${String(data)}`.split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts.filter((text) => text.startsWith('{'))) {
          const line = JSON.parse(part) as Line;
          lines.push(line);
          if (line.message === SAID[role]) resolve(line);
        }
      });
      started.once('exit', (code) => reject(new Error(`the ${role} ended with ${code}: ${printed}`)));
    });
    started.removeAllListeners('exit');
    if (role === 'web') port = Number(ready['port']);
  };

  return {
    role,
    get origin() {
      return `http://127.0.0.1:${port}`;
    },
    start,
    end: async (signal) => {
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null)
        return { code: null, tookMs: 0 };
      const startedMs = performance.now();
      const ended = once(ending, 'exit');
      ending.kill(signal);
      const [code] = (await ended) as [number | null];
      return { code, tookMs: performance.now() - startedMs };
    },
    pause: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    hasEnded: () => child === undefined || child.exitCode !== null || child.signalCode !== null,
    lastWords: () => `${child?.exitCode ?? child?.signalCode}: ${printed.slice(-LAST_WORDS_CHARS_MAX)}`,
  };
}

/** An entry with exactly these settings. */
export function spawnEntry(entry: string, settings: Settings) {
  return spawn(process.execPath, ['-r', './runtime/require-node.cjs', entry], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
