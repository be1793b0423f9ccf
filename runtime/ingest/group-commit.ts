// Owns gathering the requests of one tenant into one insert: whatever waits when a flight is free, and no timer.
// Refuses more than it can hold, so that a slow database costs refusals and never memory.
import type { Batch } from './batch.ts';

/** Events of one inbox row. */
const FLUSH_EVENTS_MAX = 1_000;
const FLIGHTS_MAX = 2;
/** Events in memory that are not yet written. */
const WAITING_EVENTS_MAX = 20_000;

/** Events `from` to `from + count - 1` of an inbox row, from 0. */
export type Slice = { readonly inboxId: string; readonly from: number; readonly count: number };

export type GroupCommit = {
  /** Resolves after the commit; undefined at once if too much waits; `stale`: see `write`. */
  add(order: Order): Promise<Slice | 'stale'> | undefined;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
};

/** Batches are merged only when they were built with the same meters. */
type Order = {
  readonly tenantId: string;
  readonly metersVersion: string;
  readonly batch: Batch;
  readonly trace: string | undefined;
};

type Waiting = Order & { resolve(slice: Slice | 'stale'): void; reject(error: unknown): void };

export type Flush = {
  readonly tenantId: string;
  readonly metersVersion: string;
  readonly batches: readonly Batch[];
  readonly trace: string | undefined;
};

/** `write` commits one row and returns its id, or undefined if the meters have changed: nothing was written then. */
export function createGroupCommit(write: (flush: Flush) => Promise<string | undefined>): GroupCommit {
  const byTenant = new Map<string, Waiting[]>();
  const idlers: (() => void)[] = [];
  let waitingEvents = 0;
  let flights = 0;

  const next = (): Waiting[] | undefined => {
    const [turn] = byTenant;
    if (turn === undefined) return undefined;
    const [tenantId, queue] = turn;
    const taken = takeFlush(queue);
    // Behind the others: a busy tenant does not keep the rest waiting.
    byTenant.delete(tenantId);
    if (queue.length > 0) byTenant.set(tenantId, queue);
    return taken;
  };

  const fly = async (flight: readonly Waiting[]): Promise<void> => {
    try {
      await flush(flight, write);
    } finally {
      flights -= 1;
      for (const order of flight) waitingEvents -= order.batch.count;
      launch();
      if (flights === 0) for (const idle of idlers.splice(0)) idle();
    }
  };

  const launch = (): void => {
    while (flights < FLIGHTS_MAX) {
      const flight = next();
      if (flight === undefined) return;
      flights += 1;
      void fly(flight);
    }
  };

  return {
    add(order) {
      if (waitingEvents + order.batch.count > WAITING_EVENTS_MAX) return undefined;
      waitingEvents += order.batch.count;
      return new Promise((resolve, reject) => {
        const waiting = { ...order, resolve, reject };
        const queue = byTenant.get(order.tenantId);
        if (queue === undefined) byTenant.set(order.tenantId, [waiting]);
        else queue.push(waiting);
        // After the requests that arrived in the same breath have joined.
        if (flights < FLIGHTS_MAX) setImmediate(launch);
      });
    },
    idle: () =>
      flights === 0 && byTenant.size === 0 ? Promise.resolve() : new Promise((idle) => idlers.push(idle)),
  };
}

function takeFlush(queue: Waiting[]): Waiting[] {
  let events = 0;
  let taken = 0;
  for (const order of queue) {
    const fits = events + order.batch.count <= FLUSH_EVENTS_MAX;
    if (taken > 0 && (!fits || order.metersVersion !== queue[0]?.metersVersion)) break;
    events += order.batch.count;
    taken += 1;
  }
  return queue.splice(0, taken);
}

/** Tells every order of a flight how it went; never throws. */
async function flush(
  flight: readonly Waiting[],
  write: (flush: Flush) => Promise<string | undefined>,
): Promise<void> {
  const [first] = flight;
  if (first === undefined) return;
  const { tenantId, metersVersion } = first;
  try {
    const trace = flight.find((order) => order.trace !== undefined)?.trace;
    const inboxId = await write({
      tenantId,
      metersVersion,
      batches: flight.map((order) => order.batch),
      trace,
    });
    let from = 0;
    for (const order of flight) {
      order.resolve(inboxId === undefined ? 'stale' : { inboxId, from, count: order.batch.count });
      from += order.batch.count;
    }
  } catch (error) {
    if (flight.length === 1 || !isDataError(error)) {
      for (const order of flight) order.reject(error);
      return;
    }
    // One request holds what the database refuses: validation missed it, and the others must not pay for it.
    for (const order of flight) await flush([order], write);
  }
}

/** SQLSTATE classes 22 and 23: the rows themselves were refused. */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}
