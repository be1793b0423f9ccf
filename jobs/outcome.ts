// Owns what becomes of a job that throws. A fault that passes is rung again after a while; a fenced one and a bug are not;
// none is acknowledged. Rows stay due, so the sweep comes back to all of them.
import type { QueueName } from '#runtime/config-schema.ts';
import { Fenced } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { RungJob } from '#runtime/queues/ring.ts';
import type { Processor } from '#runtime/queues/workers.ts';
import type { Random } from '#runtime/random.ts';
import { faultOf } from '#runtime/turn/fault.ts';

/** 0.2, 0.8, 3.2, 12.8, 30 seconds, ± a fifth; after that the sweep alone comes back. */
const RETRY_MS_FIRST = 200;
const RETRY_FACTOR = 4;
const RETRY_MS_MAX = 30_000;
const RETRIES_MAX = 5;
const JITTER = 0.2;

/** `stopped`: the process ends or lost the job's lock. */
type Fate = 'fenced' | 'stopped' | 'retried' | 'given_up' | 'bug';

export type OutcomeDeps = {
  readonly bell: Pick<Bell, 'ring'>;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'queueJobs'>;
};

/** The processor with its faults sorted out: logged, counted, rung again where that helps, and thrown on. */
export function settling(queue: QueueName, processor: Processor, deps: OutcomeDeps): Processor {
  const { bell, random, log, metrics } = deps;
  const ringAgain = (job: RungJob, fate: 'stopped' | 'retried'): Promise<void> => {
    const { tenant, key, keys } = job;
    return bell.ring([{ queue, tenant, key, ...(keys && { keys }), retry: retryOf(fate, job, random) }]);
  };

  return async (job, signal) => {
    try {
      await processor(job, signal);
      metrics.queueJobs.add(1, { queue, outcome: 'done' });
      // A loop that saw the signal has left the rest to others.
      if (signal.aborted) await ringAgain(job, 'stopped');
    } catch (error) {
      const fate = fateOf(error, job, signal);
      metrics.queueJobs.add(1, { queue, outcome: fate });
      const { tenant, key, retries } = job;
      log[fate === 'bug' ? 'error' : 'warn']('job failed', { queue, tenant, key, fate, retries, error });
      if (fate === 'stopped' || fate === 'retried') await ringAgain(job, fate);
      throw error;
    }
  };
}

function fateOf(error: unknown, job: RungJob, signal: AbortSignal): Fate {
  if (error instanceof Fenced) return 'fenced';
  if (signal.aborted) return 'stopped';
  if (faultOf(error) !== 'transient') return 'bug';
  return job.retries < RETRIES_MAX ? 'retried' : 'given_up';
}

/** Work that was stopped goes on elsewhere at once. */
function retryOf(fate: Fate, { retries }: RungJob, random: Random): { number: number; delayMs: number } {
  if (fate === 'stopped') return { number: retries, delayMs: 0 };
  const delayMs = Math.min(RETRY_MS_FIRST * RETRY_FACTOR ** retries, RETRY_MS_MAX);
  return { number: retries + 1, delayMs: Math.round(delayMs * (1 + JITTER * (2 * random.number() - 1))) };
}
