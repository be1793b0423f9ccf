// Owns the choice between the two places where rings wait: Redis when a URL is given, else Postgres.
// All else in the runtime sees only QueueBackend; BullMQ is known below this folder and nowhere else.
import type { Clock } from '#runtime/clock.ts';
import type { QueueName } from '#runtime/config-schema.ts';
import type { Log } from '#runtime/log.ts';
import { postgresBackend } from './postgres-backend.ts';
import { redisBackend } from './redis-backend.ts';
import type { Payload } from './ring.ts';

/** One job to add. Jobs with the same mark merge while they wait; one that arrives during the work runs after it. */
export type JobToAdd = { readonly mark: string; readonly payload: Payload; readonly delayMs: number };

export type RingQueue = {
  add(jobs: readonly JobToAdd[]): Promise<void>;
  /** Jobs that wait for a worker, without the delayed ones. */
  waiting(): Promise<number>;
  /** Forgets every job, also those being worked on. */
  wipe(): Promise<void>;
  close(): Promise<void>;
};

/** Gets the job's data as stored. Throwing drops the job; only returning acknowledges it. */
export type JobRunner = (data: unknown, signal: AbortSignal) => Promise<void>;

export type RingWorker = {
  /** Takes no more jobs and waits for those at work. */
  close(): Promise<void>;
  /** Aborts the signals of all jobs at work. */
  abort(reason: string): void;
};

export type WorkerOptions = {
  readonly run: JobRunner;
  readonly concurrency: number;
  /** How soon a killed worker's job is free again; tests shorten it. */
  readonly locks: { readonly lockMs: number; readonly checkMs: number };
};

export type QueueBackend = {
  readonly kind: 'redis' | 'postgres';
  /** Connections to Postgres that it may hold open. */
  readonly connectionsMax: number;
  /** Rejects while the server is away; a later call may succeed. */
  openQueue(name: QueueName): Promise<RingQueue>;
  openWorker(name: QueueName, options: WorkerOptions): Promise<RingWorker>;
  close(): Promise<void>;
};

export type BackendOptions = {
  readonly redisUrl: string | undefined;
  readonly databaseUrl: string;
  /** How many workers this process will open; 0 for one that only rings. */
  readonly workers: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** Opens no connection yet. Close it after its queues and workers. */
export function createQueueBackend(options: BackendOptions): QueueBackend {
  const { redisUrl, ...rest } = options;
  return redisUrl === undefined ? postgresBackend(rest) : redisBackend({ redisUrl, ...rest });
}
