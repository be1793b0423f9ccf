// Owns the servers of a chaos run, which nobody else uses: a Postgres and, if asked for, a Redis, and the blows they take.
// Refuses to know who is connected.
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';
import { migrateUp } from '#runtime/migrate.ts';
import { runAs } from '#runtime/postgres/account.ts';
import { findNative, program } from '#runtime/postgres/binaries.ts';
import { openHome } from '#runtime/postgres/home.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { startRedis } from '#test/support/redis.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { asAdmin, onDatabase } from '#test/support/server.ts';
import type { Backend } from '#test/support/story-world.ts';

const APP = 'accrue';
const RESTART_WAIT_S = 60;

export type Servers = {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** Rows as the superuser sees them: all of them. */
  ask<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  /** Immediately: no session ends in order, and the log is replayed. The address stays. */
  restartDatabase(): Promise<void>;
  /** Ends every session of the application. */
  cutConnections(): Promise<void>;
  /** Every job is forgotten; in Redis, everything is. */
  wipeQueues(): Promise<void>;
  restartRedis(): Promise<void>;
  close(): Promise<void>;
};

/** Rejects where Redis is asked for and not installed. */
export async function startServers(backend: Backend): Promise<Servers> {
  const folder = scratchFolder();
  const clock = systemClock();
  const log = createLog({ level: 'error', clock, write: (line) => process.stderr.write(line) });
  const postgres = await startEmbeddedPostgres({
    dataDir: folder.path,
    log,
    // Processes are killed, not the machine: nothing is lost without fsync.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  await migrateUp({ url: postgres.url, log });
  const adminUrl = onDatabase(postgres.adminUrl, APP);
  let redis = backend === 'redis' ? await startRedis() : undefined;
  if (backend === 'redis' && redis === undefined) throw new Error('redis-server is not installed');
  const redisUrl = redis?.url;

  return {
    databaseUrl: postgres.url,
    redisUrl,
    ask: <Row extends pg.QueryResultRow>(text: string) =>
      asAdmin(adminUrl, async (client) => (await client.query<Row>(text)).rows),
    restartDatabase: () => restartPostgres(folder.path),
    cutConnections: () =>
      asAdmin(adminUrl, async (client) => {
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
          APP,
        ]);
      }),
    wipeQueues: async () => {
      if (redisUrl !== undefined) return flush(redisUrl);
      const queues = createQueueBackend({ redisUrl, databaseUrl: postgres.url, workers: 0, clock, log });
      for (const name of QUEUE_NAMES) {
        const queue = await queues.openQueue(name);
        await queue.wipe();
        await queue.close();
      }
      return queues.close();
    },
    restartRedis: async () => {
      if (redis === undefined) return;
      const port = Number(new URL(redis.url).port);
      await redis.stop();
      redis = await startRedis(port);
    },
    close: async () => {
      await redis?.stop();
      await postgres.stop();
      folder.remove();
    },
  };
}

/** Started again with the options of its last start, so at the same port. */
async function restartPostgres(dataDir: string): Promise<void> {
  const home = await openHome({ dataDir, native: findNative(), password: '', namespaceCommand: 'unshare' });
  const log = join(home.root, 'postgres.log');
  const how = ['-m', 'immediate', '-w', '-t', String(RESTART_WAIT_S), '-l', log];
  await runAs(home.account, home.root, [
    program(home.native, 'pg_ctl'),
    '-D',
    home.cluster,
    'restart',
    ...how,
  ]);
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.flushall();
  } finally {
    client.disconnect();
  }
}
