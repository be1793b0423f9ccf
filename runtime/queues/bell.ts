// Owns ringing: telling actors that they have work. A hint, never the guarantee: what is lost here the sweep finds.
// Refuses to fail a caller, who has already committed.
import type { Clock } from '#runtime/clock.ts';
import type { QueueName } from '#runtime/config-schema.ts';
import type { Log } from '#runtime/log.ts';
import { quietFaults } from '#runtime/quiet-faults.ts';
import { injectTrace } from '#runtime/trace.ts';
import type { QueueBackend } from './backend.ts';
import { createLane, type Lane } from './lane.ts';
import { type Ring, ringMark, ringPayload } from './ring.ts';

export type Bell = {
  /** Settles when the rings are in their queues or given up; never rejects. */
  ring(rings: readonly Ring[]): Promise<void>;
  /** Sends what is gathered, then closes the queues (not the backend). Later rings are dropped. */
  close(): Promise<void>;
};

export type BellTower = Bell & {
  /** Jobs that wait in a queue; undefined while it is away. */
  waiting(queue: QueueName): Promise<number | undefined>;
};

export type BellOptions = {
  readonly backend: Pick<QueueBackend, 'openQueue'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts rings that were dropped. */
  readonly lost?: (queue: QueueName, count: number) => void;
};

export function createBell({ backend, clock, log, lost }: BellOptions): BellTower {
  const lanes = new Map<QueueName, Lane>();
  const faults = quietFaults({ clock, log, message: 'queue server fault' });
  let closed = false;

  const laneOf = (queue: QueueName): Lane => {
    const known = lanes.get(queue);
    if (known !== undefined) return known;
    const lane = createLane({
      open: () => backend.openQueue(queue),
      clock,
      lost: (count, error) => {
        lost?.(queue, count);
        faults(`ring ${queue}`, error);
      },
    });
    lanes.set(queue, lane);
    return lane;
  };

  return {
    ring: async (rings) => {
      if (closed) return;
      const present = injectTrace();
      const byQueue = Map.groupBy(rings, ({ queue }) => queue);
      const sent = [...byQueue].map(([queue, own]) =>
        laneOf(queue).send(
          own.map((ring) => ({
            mark: ringMark(ring),
            payload: ringPayload({ ...ring, trace: ring.trace ?? present }),
            delayMs: ring.retry?.delayMs ?? 0,
          })),
        ),
      );
      await Promise.all(sent);
    },
    waiting: (queue) => laneOf(queue).waiting(),
    close: async () => {
      closed = true;
      await Promise.allSettled([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
