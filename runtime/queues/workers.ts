// Owns the answering of rings in this process: one worker a queue, jobs decoded, faults made storable, a bounded end.
// Refuses to know what a fault means: it drops the job and lets whoever gave the processors decide.
import type { Clock } from '#runtime/clock.ts';
import type { QueueName } from '#runtime/config-schema.ts';
import type { Log } from '#runtime/log.ts';
import { withTrace } from '#runtime/trace.ts';
import { within } from '#runtime/within.ts';
import type { JobRunner, QueueBackend, RingWorker, WorkerOptions } from './backend.ts';
import { decodePayload, type RungJob } from './ring.ts';
import { CONCURRENCY, LOCK_MS, STALLED_CHECK_MS } from './settings.ts';

/** Work at the first answer may end by itself this long, then its signal is aborted and it has as long again in all. */
const DRAIN_MS = 12_000;
const ABORTED_MS = 4_000;
const FAULT_CHARS_MAX = 500;

export type Processor = (job: RungJob, signal: AbortSignal) => Promise<void>;

export type WorkersOptions = {
  readonly backend: Pick<QueueBackend, 'openWorker'>;
  readonly queues: readonly QueueName[];
  readonly processors: Readonly<Record<QueueName, Processor>>;
  readonly concurrency?: Readonly<Partial<Record<QueueName, number>>>;
  readonly locks?: WorkerOptions['locks'];
  readonly clock: Clock;
  readonly log: Log;
};

/** Starts a worker for each of `queues`; rejects, with none left running, if the server is away. */
export async function startWorkers(options: WorkersOptions): Promise<{ close(): Promise<void> }> {
  const { backend, queues, processors, clock, log } = options;
  const opened = await Promise.allSettled(
    queues.map((queue) =>
      backend.openWorker(queue, {
        run: runner(queue, processors[queue], options),
        concurrency: options.concurrency?.[queue] ?? CONCURRENCY[queue],
        locks: options.locks ?? { lockMs: LOCK_MS, checkMs: STALLED_CHECK_MS },
      }),
    ),
  );
  const workers = opened.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  const close = (): Promise<void> => closeAll(workers, { clock, log });
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return { close };
}

function runner(queue: QueueName, processor: Processor, { log }: WorkersOptions): JobRunner {
  return async (data, signal) => {
    try {
      const { job, trace: parent } = decodePayload(data);
      await withTrace({ name: `${queue} job`, parent, kind: 'consumer' }, () => processor(job, signal));
    } catch (error) {
      log.debug('job not acknowledged', { queue, error });
      throw storable(error);
    }
  };
}

/** A fault as a queue can keep it: Postgres stores neither NUL nor half characters, and would run such a job for ever. */
function storable(error: unknown): Error {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const plain = new Error(
    text.replaceAll('\u0000', '').toWellFormed().slice(0, FAULT_CHARS_MAX).toWellFormed(),
  );
  plain.stack = plain.message;
  return plain;
}

async function closeAll(
  workers: readonly RingWorker[],
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const closed = Promise.allSettled(workers.map((worker) => worker.close()));
  try {
    await within(closed, DRAIN_MS, clock);
  } catch {
    log.warn('work under way is aborted', { afterMs: DRAIN_MS });
    for (const worker of workers) worker.abort('shutting down');
    await within(closed, ABORTED_MS, clock).catch(() => log.error('work under way is left to its lock'));
  }
}
