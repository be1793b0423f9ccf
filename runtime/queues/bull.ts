// Owns the six queues in BullMQ's terms, the same for both servers: options, merging, locks.
// Refuses to know which server it is.
import type { BackendClasses, IQueueBackend, JobsOptions } from 'bullmq';
import type { QueueName } from '#runtime/config-schema.ts';
import type { JobToAdd, RingQueue, RingWorker, WorkerOptions } from './backend.ts';
import { EVENTS_KEPT, RECONNECT_MS, STALLED_MAX } from './settings.ts';

/** Of a job by this worker. */
type Run = {
  readonly control: AbortController;
  readonly ended: Promise<void>;
  /** Whether the job's lock is this run's, and then for as long again. */
  readonly holdsLock: () => Promise<boolean>;
};

const NOT_RENEWED = /^could not renew lock for job /;

type Faults = (where: string, error: Error) => void;

type Connected<B extends IQueueBackend, C> = {
  readonly bull: BackendClasses<B, C>;
  readonly connection: C;
  readonly faults: Faults;
};

/** Waits until the server answers, so that a queue is never kept that was born while the server was away. */
export async function openBullQueue<B extends IQueueBackend, C>(
  name: QueueName,
  { bull, connection, faults }: Connected<B, C>,
): Promise<RingQueue> {
  const queue = new bull.Queue<unknown, void>(name, {
    connection,
    streams: { events: { maxLen: EVENTS_KEPT } },
  });
  queue.on('error', (error) => faults(name, error));
  try {
    await queue.waitUntilReady();
  } catch (error) {
    queue.close().catch(() => undefined);
    throw error;
  }
  return {
    add: async (jobs) => {
      await queue.addBulk(jobs.map((job) => ({ name, data: job.payload, opts: jobOptions(job) })));
    },
    waiting: () => queue.getWaitingCount(),
    wipe: () => queue.obliterate({ force: true }),
    close: () => queue.close(),
  };
}

/** Custom job ids and plain deduplication swallow a ring that arrives during the work (protocols H1); this does not. */
function jobOptions({ mark, delayMs }: JobToAdd): JobsOptions {
  return {
    deduplication: { id: mark, keepLastIfActive: true },
    removeOnComplete: true,
    removeOnFail: true,
    ...(delayMs > 0 ? { delay: delayMs } : {}),
  };
}

export async function openBullWorker<B extends IQueueBackend, C>(
  name: QueueName,
  options: Connected<B, C> & WorkerOptions,
): Promise<RingWorker> {
  const { bull, connection, faults, run, concurrency, locks } = options;
  const running = new Map<string | undefined, Run>();
  const lose = (jobId: string | undefined): void => {
    const lost = running.get(jobId);
    if (lost === undefined) return;
    faults(`locks of ${name}`, new Error(`the lock of job ${jobId} is lost`));
    lost.control.abort('lock lost');
  };
  const worker = new bull.Worker<unknown, void>(
    name,
    async (job, token = '') => {
      // Taken again by its own worker, when it expired. BullMQ's own signal would be the new run's alone, and it forgets the
      // lock of all when one ends, so the old run ends behind the newest.
      lose(job.id);
      const ended = Promise.withResolvers<void>();
      const mine: Run = {
        control: new AbortController(),
        ended: ended.promise,
        holdsLock: async () => (await job.extendLock(token, locks.lockMs)) === 1,
      };
      running.set(job.id, mine);
      try {
        await run(job.data, mine.control.signal);
      } finally {
        ended.resolve();
        if (running.get(job.id) === mine) running.delete(job.id);
        else for (let later = running.get(job.id); later; later = running.get(job.id)) await later.ended;
      }
    },
    {
      connection,
      concurrency,
      lockDuration: locks.lockMs,
      stalledInterval: locks.checkMs,
      maxStalledCount: STALLED_MAX,
      runRetryDelay: RECONNECT_MS,
    },
  );
  // Of locks BullMQ complains too when their job has just ended, while the renewal was under way.
  worker.on('error', (error) => {
    if (!NOT_RENEWED.test(error.message)) faults(name, error);
  });
  // BullMQ would let the processor go on without its lock. What failed may be the renewal of the run before, which was still
  // under way. Where the server cannot be asked, the next renewal fails again.
  const renewalFailed = async (jobId: string): Promise<void> => {
    const run = running.get(jobId);
    const holds = await run?.holdsLock().catch(() => true);
    if (holds === false && running.get(jobId) === run) lose(jobId);
  };
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) void renewalFailed(jobId);
  });
  try {
    await worker.waitUntilReady();
  } catch (error) {
    worker.close(true).catch(() => undefined);
    throw error;
  }
  return {
    close: () => worker.close(),
    abort: (reason) => {
      for (const { control } of running.values()) control.abort(reason);
    },
  };
}
