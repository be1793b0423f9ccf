// Owns the queue everybody shares: jobs in memory with the merging, locks and stalled checks that rings rely on, and the
// weaknesses they must survive. Refuses to know what a job means.
import type { QueueName } from '#runtime/config-schema.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import type {
  JobRunner,
  JobToAdd,
  QueueBackend,
  RingWorker,
  WorkerOptions,
} from '#runtime/queues/backend.ts';
import { STALLED_CHECK_MS } from '#runtime/queues/settings.ts';
import type { Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import type { Owner, Timeline } from './timeline.ts';

export type QueueFaults = {
  /** Each is a probability per ring. */
  lost: number;
  doubled: number;
  delayed: number;
  /** The next job is any, not the oldest. */
  reordered: number;
  /** Adding fails, or never answers. */
  away: number;
};

export type QueueServer = {
  backendFor(owner: Owner): QueueBackend;
  /** Forgets every job of every queue, as a flushed server would. */
  wipe(): void;
  waiting(): number;
};

type Job = { readonly mark: string; readonly payload: unknown };
type Worker = {
  readonly owner: Owner;
  readonly run: JobRunner;
  readonly concurrency: number;
  readonly lockMs: number;
  readonly active: Map<number, { job: Job; abort: AbortController }>;
  closing: (() => void) | undefined;
};
type Queue = {
  readonly name: QueueName;
  waiting: Job[];
  /** By number of the run. */
  readonly active: Map<number, Job>;
  /** The last ring of a mark that came while its job ran. */
  readonly next: Map<string, Job>;
  readonly workers: Set<Worker>;
};

const LATENCY_MS = 2;
const DELAY_MS_MAX = 40_000;
/** The process that looks for stalled jobs may be the one that died. */
const STALLED_LOOK_MS_MAX = 2 * STALLED_CHECK_MS;

export function createQueueServer(deps: {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly faults: QueueFaults;
}): QueueServer {
  const { timeline, dice, chronicle, faults } = deps;
  const queues = new Map<QueueName, Queue>(
    QUEUE_NAMES.map((name) => [
      name,
      { name, waiting: [], active: new Map(), next: new Map(), workers: new Set() },
    ]),
  );
  let runs = 0;
  /** Jobs that were added before a wipe do not come back after it. */
  let age = 0;

  const queueOf = (name: QueueName): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new Error(`no queue ${name}`);
    return queue;
  };

  const isActive = (queue: Queue, mark: string): boolean =>
    [...queue.active.values()].some((job) => job.mark === mark);

  const enqueue = (queue: Queue, job: Job): void => {
    if (queue.waiting.some(({ mark }) => mark === job.mark)) return;
    if (isActive(queue, job.mark)) queue.next.set(job.mark, job);
    else queue.waiting.push(job);
    deliver(queue);
  };

  const add = (queue: Queue, job: JobToAdd): void => {
    const added = age;
    const late = dice.chance(faults.delayed) ? dice.int(1, DELAY_MS_MAX) : 0;
    const put = (): void => {
      if (added === age) enqueue(queue, job);
    };
    if (job.delayMs + late > 0) timeline.after(job.delayMs + late, put);
    else put();
  };

  const deliver = (queue: Queue): void => {
    for (const worker of queue.workers) {
      while (queue.waiting.length > 0 && isFree(worker)) {
        const at = dice.chance(faults.reordered) ? dice.int(0, queue.waiting.length - 1) : 0;
        const [job] = queue.waiting.splice(at, 1);
        if (job !== undefined) start(queue, worker, job);
      }
    }
  };

  const start = (queue: Queue, worker: Worker, job: Job): void => {
    runs += 1;
    const number = runs;
    const abort = new AbortController();
    queue.active.set(number, job);
    worker.active.set(number, { job, abort });
    chronicle.note('job', `${number} ${queue.name} ${job.mark} at ${worker.owner.name}`);
    timeline.after(
      dice.number() * LATENCY_MS,
      () => {
        void worker.run(job.payload, abort.signal).then(
          () => finish(queue, worker, { number, how: 'done' }),
          () => finish(queue, worker, { number, how: 'failed' }),
        );
      },
      worker.owner,
    );
    watch(queue, worker, number);
  };

  /** A lock is renewed while its process lives; a stalled job goes back, and its first run is told once it wakes. */
  const watch = (queue: Queue, worker: Worker, number: number): void => {
    timeline.after(worker.lockMs + dice.int(0, STALLED_LOOK_MS_MAX), () => {
      const run = worker.active.get(number);
      const job = queue.active.get(number);
      if (run === undefined || job === undefined) return;
      const { owner } = worker;
      if (!owner.dead && owner.pausedUntilMs <= timeline.nowMs()) return watch(queue, worker, number);
      queue.active.delete(number);
      chronicle.note('stalled', `${number} ${queue.name} ${job.mark}`);
      timeline.after(1, () => run.abort.abort('lock lost'), owner);
      enqueue(queue, job);
    });
  };

  const finish = (queue: Queue, worker: Worker, end: { number: number; how: string }): void => {
    const { number, how } = end;
    if (worker.owner.dead) return;
    timeline.stir();
    const run = worker.active.get(number);
    worker.active.delete(number);
    chronicle.note('end', `${number} ${how}`);
    // A job that was taken away is not this run's to end.
    if (run !== undefined && queue.active.delete(number)) {
      const next = queue.next.get(run.job.mark);
      queue.next.delete(run.job.mark);
      if (next !== undefined) enqueue(queue, next);
    }
    if (worker.active.size === 0) worker.closing?.();
    deliver(queue);
  };

  return {
    backendFor: (owner) => backendFor(owner, { ...deps, queueOf, add, deliver }),
    wipe: () => {
      age += 1;
      for (const queue of queues.values()) {
        queue.waiting = [];
        queue.next.clear();
        queue.active.clear();
      }
    },
    waiting: () =>
      [...queues.values()].reduce((sum, { waiting, active }) => sum + waiting.length + active.size, 0),
  };
}

function isFree(worker: Worker): boolean {
  const { owner, closing, active, concurrency } = worker;
  return !owner.dead && closing === undefined && active.size < concurrency;
}

type Server = Parameters<typeof createQueueServer>[0] & {
  queueOf(name: QueueName): Queue;
  add(queue: Queue, job: JobToAdd): void;
  deliver(queue: Queue): void;
};

/** One process's way to the queue. */
function backendFor(owner: Owner, server: Server): QueueBackend {
  const { timeline, dice, faults, chronicle, queueOf, add, deliver } = server;
  const answer = <T>(value: T): Promise<T> =>
    new Promise((resolve) => void timeline.after(dice.number() * LATENCY_MS, () => resolve(value), owner));

  return {
    kind: 'redis',
    connectionsMax: 0,
    openQueue: async (name) => ({
      add: async (jobs) => {
        if (dice.chance(faults.away)) {
          chronicle.note('fault', `${name} away for ${owner.name}`);
          if (dice.chance(0.5)) return new Promise(() => undefined);
          throw new Error('connection refused');
        }
        await answer(undefined);
        for (const job of jobs) {
          if (dice.chance(faults.lost)) chronicle.note('fault', `lost ${name} ${job.mark}`);
          else add(queueOf(name), job);
          // What is doubled does not merge, however alike.
          if (dice.chance(faults.doubled)) add(queueOf(name), { ...job, mark: `${job.mark} again` });
        }
        return answer(undefined);
      },
      waiting: () => answer(queueOf(name).waiting.length),
      wipe: async () => undefined,
      close: async () => undefined,
    }),
    openWorker: (name, options) => answer(openWorker(owner, queueOf(name), { options, deliver })),
    close: async () => undefined,
  };
}

function openWorker(
  owner: Owner,
  queue: Queue,
  { options, deliver }: { options: WorkerOptions; deliver: (queue: Queue) => void },
): RingWorker {
  const { run, concurrency, locks } = options;
  const worker: Worker = {
    owner,
    run,
    concurrency,
    lockMs: locks.lockMs,
    active: new Map(),
    closing: undefined,
  };
  queue.workers.add(worker);
  deliver(queue);
  return {
    close: () =>
      new Promise((resolve) => {
        worker.closing = () => {
          queue.workers.delete(worker);
          resolve();
        };
        if (worker.active.size === 0) worker.closing();
      }),
    abort: (reason) => {
      for (const { abort } of worker.active.values()) abort.abort(reason);
    },
  };
}
