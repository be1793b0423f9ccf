// Owns the two real queue servers a test runs on: Postgres always, Redis where the program is installed.
import { systemClock } from '#runtime/clock.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { createQueueBackend, type QueueBackend } from '#runtime/queues/backend.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { startRedis, type TestRedis } from './redis.ts';

export type QueueServer = {
  readonly kind: 'postgres' | 'redis';
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** A backend as one more process would have it; closed with the server unless the test closes it first. */
  backend(workers: number): QueueBackend;
  close(): Promise<void>;
};

export function quietLog(): Log {
  return createLog({ level: 'error', clock: systemClock(), write: (line) => process.stderr.write(line) });
}

/** A queue server of its own for a test file. Undefined for Redis where it is not installed. */
export async function queueServer(kind: 'postgres' | 'redis'): Promise<QueueServer | undefined> {
  const redis = kind === 'redis' ? await startRedis() : undefined;
  if (kind === 'redis' && redis === undefined) return undefined;
  return assemble(kind, redis, await testDatabase());
}

function assemble(
  kind: 'postgres' | 'redis',
  redis: TestRedis | undefined,
  database: TestDatabase,
): QueueServer {
  const backends: QueueBackend[] = [];
  return {
    kind,
    databaseUrl: database.url,
    redisUrl: redis?.url,
    backend: (workers) => {
      const backend = createQueueBackend({
        redisUrl: redis?.url,
        databaseUrl: database.url,
        workers,
        clock: systemClock(),
        log: quietLog(),
      });
      backends.push(backend);
      return backend;
    },
    close: async () => {
      await Promise.all(backends.map((backend) => backend.close()));
      await redis?.stop();
      await database.close();
    },
  };
}
