// Owns the stage of life stories: the whole of Accrue in this process on real Postgres, once for each queue backend.
// A story of its own is in story.ts.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { type Billing, createBilling } from '../../index.ts';
import { sickOf } from './examined.ts';
import { type QueueServer, queueServer } from './queue-backends.ts';
import { scratchFolder } from './scratch-folder.ts';
import { type Story, type StoryStart, startStory } from './story.ts';

export type Backend = 'postgres' | 'redis';

/** The runner names a Redis where the program is installed; stories then are told on both. */
export const BACKENDS: readonly Backend[] = process.env['REDIS_URL'] ? ['postgres', 'redis'] : ['postgres'];

export type StoryWorld = {
  readonly server: () => QueueServer;
  readonly billing: () => Billing;
  readonly settings: () => Readonly<Record<string, string>>;
  /** A seller of its own, so that stories do not meet. */
  begin(start: StoryStart): Promise<Story>;
  /** Ends the process and starts it again on the same data. */
  restart(): Promise<void>;
  /** What was logged as an error, so far. */
  errors(): readonly string[];
};

/** Opens before the tests of the surrounding describe and closes after them. `run: false`: the tests run what they need. */
export function storyWorld(backend: Backend, { run = true }: { readonly run?: boolean } = {}): StoryWorld {
  const folder = scratchFolder();
  const errors: string[] = [];
  const log = createLog({ level: 'error', clock: systemClock(), write: (line) => void errors.push(line) });
  let server: QueueServer | undefined;
  let billing: Billing | undefined;

  const opened = (): QueueServer => {
    if (server === undefined) throw new Error('the world is not open');
    return server;
  };
  const running = (): Billing => {
    if (billing === undefined) throw new Error('nothing runs');
    return billing;
  };
  const settings = (): Record<string, string> => {
    const { databaseUrl, redisUrl } = opened();
    return {
      DATABASE_URL: databaseUrl,
      ACCRUE_DATA_DIR: folder.path,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    };
  };
  const start = async (): Promise<void> => {
    billing = await createBilling({ settings: settings(), log });
  };

  before(async () => {
    server = await queueServer(backend);
    if (run) await start();
  });
  after(async () => {
    await billing?.close();
    const sick = server === undefined ? [] : await sickOf(server.databaseUrl);
    await server?.close();
    folder.remove();
    assert.deepEqual(sick, []);
  });

  return {
    server: opened,
    billing: running,
    settings,
    begin: (from) => startStory(running, from),
    restart: async () => {
      await running().close();
      await start();
    },
    errors: () => errors,
  };
}
