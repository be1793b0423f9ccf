// Owns the numbers of the queues, each with its reason.
import type { QueueName } from '#runtime/config-schema.ts';

/**
 * Until a killed worker's job is free again, rings of its mark wait behind it, and their work waits for the sweep. Processes
 * share one check: when the one that looked last is killed, the next look may come twice as late.
 */
export const LOCK_MS = 6_000;
export const STALLED_CHECK_MS = 2_000;
/** Deploys kill workers; a job must survive many of them. Rows, not this number, end hopeless work. */
export const STALLED_MAX = 20;
/** How long a worker waits before it asks a server again that refused the connection. */
export const RECONNECT_MS = 1_000;

/** A ring that takes longer is given up: the sweep finds the work. */
export const RING_MS_MAX = 2_000;
/** After a failed ring, further ones are dropped at once for this long, so nobody waits for a queue that is away. */
export const RING_PAUSE_MS = 1_000;
/** Rings waiting to be sent; more are dropped. */
export const RINGS_WAITING_MAX = 10_000;
export const RINGS_PER_SEND_MAX = 500;

/** Queue events are a lossy log that nothing here reads. */
export const EVENTS_KEPT = 100;

/** Connections to Postgres that all statements of a worker process share; the second goes on while the first waits for a lock. */
export const STATEMENT_CONNECTIONS = 2;
/** … and of a process that only rings, which has two in all (protocols H14). */
export const RINGING_CONNECTIONS = 1;
/** Each worker holds one more to listen, and whatever opens borrows one. */
export const OPENING_CONNECTIONS = 1;

/** Jobs one process works on at a time. The turn's own connections are few, network calls are many. */
export const CONCURRENCY: Readonly<Record<QueueName, number>> = {
  ingest: 2,
  advance: 128,
  invoice: 2,
  collect: 8,
  notify: 2,
  'webhook-dispatch': 16,
};
