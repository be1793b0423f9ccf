// Owns the rings of one queue on their way out: gathered while a send is under way, merged, sent together.
// Never throws and never holds a caller for long: a ring that cannot be sent is dropped and counted.
import type { Clock } from '#runtime/clock.ts';
import { TransientError } from '#runtime/errors.ts';
import { within } from '#runtime/within.ts';
import type { JobToAdd, RingQueue } from './backend.ts';
import { RING_MS_MAX, RING_PAUSE_MS, RINGS_PER_SEND_MAX, RINGS_WAITING_MAX } from './settings.ts';

type Batch = {
  readonly jobs: Map<string, JobToAdd>;
  readonly gone: Promise<void>;
  readonly leave: () => void;
};

export type Lane = {
  /** Settles when the rings are in the queue or given up. */
  send(jobs: readonly JobToAdd[]): Promise<void>;
  /** Jobs that wait in the queue; undefined while it is away. */
  waiting(): Promise<number | undefined>;
  close(): Promise<void>;
};

export type LaneOptions = {
  /** Asked again whenever the last queue could not be opened. */
  readonly open: () => Promise<RingQueue>;
  readonly clock: Clock;
  /** So many rings were dropped, because of `error`. */
  readonly lost: (count: number, error: unknown) => void;
};

export function createLane({ open, clock, lost }: LaneOptions): Lane {
  const queue = createReach(open, clock);
  let next: Batch | undefined;
  let pumping: Promise<void> | undefined;

  const sendBatch = async ({ jobs }: Batch): Promise<void> => {
    // Sorted, because two processes that lock the same marks in different orders would deadlock.
    const sorted = [...jobs.values()].sort((a, b) => (a.mark < b.mark ? -1 : 1));
    for (let at = 0; at < sorted.length; at += RINGS_PER_SEND_MAX) {
      const part = sorted.slice(at, at + RINGS_PER_SEND_MAX);
      try {
        await queue.ask((opened) => opened.add(part));
      } catch (error) {
        lost(part.length, error);
      }
    }
  };

  const pump = async (): Promise<void> => {
    for (let batch = next; batch !== undefined; batch = next) {
      next = undefined;
      await sendBatch(batch);
      batch.leave();
    }
    pumping = undefined;
  };

  return {
    send: (jobs) => {
      next ??= emptyBatch();
      const { jobs: gathered, gone } = next;
      let dropped = 0;
      for (const job of jobs) {
        if (gathered.size < RINGS_WAITING_MAX || gathered.has(job.mark)) gathered.set(job.mark, job);
        else dropped += 1;
      }
      if (dropped > 0) lost(dropped, new Error('too many rings wait'));
      pumping ??= pump();
      return gone;
    },
    waiting: () => queue.ask((opened) => opened.waiting()).catch(() => undefined),
    close: async () => {
      await pumping;
      await queue.close();
    },
  };
}

/** A queue that may be away: opened when first asked, asked for a bounded time, left alone for a while after a fault. */
function createReach(open: () => Promise<RingQueue>, clock: Clock) {
  let opening: Promise<RingQueue> | undefined;
  let awayUntilMs = 0;

  const opened = (): Promise<RingQueue> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  return {
    ask: async <T>(question: (queue: RingQueue) => Promise<T>): Promise<T> => {
      if (clock.monotonicMs() < awayUntilMs) throw new TransientError('the queue is away');
      try {
        return await within(opened().then(question), RING_MS_MAX, clock);
      } catch (error) {
        awayUntilMs = clock.monotonicMs() + RING_PAUSE_MS;
        throw error;
      }
    },
    close: async (): Promise<void> => {
      const closing = opening?.then((queue) => queue.close());
      if (closing !== undefined) await within(closing, RING_MS_MAX, clock).catch(() => undefined);
    },
  };
}

function emptyBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { jobs: new Map(), gone: promise, leave: resolve };
}
