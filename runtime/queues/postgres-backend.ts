// Owns the connections of queues that live in Postgres: one pool for all queues and workers of the process, whose workers
// listen on one each and whose statements share a few.
// Queues may lose their last moments in a crash (no synchronous commit): the sweep finds the work again.
import { createPostgresBackend, type PgPool, withBackend } from 'bullmq';
import pg from 'pg';
import type { Clock } from '#runtime/clock.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import { quietFaults } from '#runtime/quiet-faults.ts';
import type { BackendOptions, QueueBackend } from './backend.ts';
import { openBullQueue, openBullWorker } from './bull.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { OPENING_CONNECTIONS, RINGING_CONNECTIONS, STATEMENT_CONNECTIONS } from './settings.ts';

const QUEUE_SCHEMA = 'bullmq';
const CONNECT_MS_MAX = 5_000;
/** A statement without an answer for so long takes its connection with it. */
const QUERY_MS_MAX = 15_000;
/** A worker whose server is away asks at most this often. BullMQ itself asks without pause. */
const BREATH_MS = 200;

export function postgresBackend(options: Omit<BackendOptions, 'redisUrl'>): QueueBackend {
  const { databaseUrl, workers, clock, log } = options;
  const faults = quietFaults({ clock, log, message: 'queue server fault' });
  const bull = withBackend(createPostgresBackend);
  const shared = workers === 0 ? RINGING_CONNECTIONS : STATEMENT_CONNECTIONS;
  const connectionsMax = workers + shared + OPENING_CONNECTIONS;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    options: `-c search_path=${QUEUE_SCHEMA} -c synchronous_commit=off`,
    application_name: 'accrue queues',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: QUERY_MS_MAX,
    keepAlive: true,
    pipeline: true,
  });
  const heard = (error: Error): void => faults('postgres', error);
  pool.on('error', heard);
  // The pool hears of its idle connections only, and BullMQ of one that it listens on: any other that is lost while it is
  // asked would end the process.
  pool.on('connect', (client) => client.on('error', heard));
  // Each queue and each worker listens for the pool's errors.
  pool.setMaxListeners(2 * QUEUE_NAMES.length + 1);
  const pipeline = createPipeline(pool, shared);
  const connection = breathing(pool, pipeline, clock);
  let ended: Promise<void> | undefined;

  return {
    kind: 'postgres',
    connectionsMax,
    openQueue: (name) => openBullQueue(name, { bull, connection, faults }),
    openWorker: (name, worker) => openBullWorker(name, { ...worker, bull, connection, faults }),
    close: () => {
      ended ??= pipeline.close().then(() => pool.end());
      return ended;
    },
  };
}

/** The pool as BullMQ sees it: its statements go down the pipeline, and "the server is away" is answered after a pause. */
function breathing(pool: pg.Pool, pipeline: Pipeline, clock: Clock): PgPool {
  const pausing = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (isAway(error)) await clock.sleep(BREATH_MS);
      throw error;
    }
  };
  const seen = new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') return () => pausing(target.connect());
      if (name === 'query') {
        return (text: string, values?: unknown[]) => pausing(pipeline.query(text, values));
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  // BullMQ describes pg's clients by overloads that pg's own types do not match word for word.
  return seen as unknown as PgPool;
}

/** SQLSTATE classes 08 (connection), 53 (resources), 57 (operator), or no SQLSTATE at all: the network. */
function isAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code !== 'string' || !/^(?=.*\d)[0-9A-Z]{5}$/.test(code) || /^(08|53|57)/.test(code);
}
