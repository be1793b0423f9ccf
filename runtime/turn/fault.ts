// Owns telling faults apart: what passes by itself, what the data or a rule refuses, and what is a bug.

export type Fault = 'transient' | 'refused' | 'bug';

/**
 * Serialization, deadlock, lock and statement timeouts, shutdowns, too many connections, a server that only reads, a network
 * that broke.
 */
const TRANSIENT_STATES = /^(40\w{3}|55P03|57\w{3}|53\w{3}|08\w{3}|25006|25P0[23])$/;
/** Of sockets, names (EAI_AGAIN) and TLS (ERR_SSL_…), and the driver's own. */
const NETWORK = /^(E[A-Z]+|EAI_[A-Z]+|ERR_(SSL|TLS|SOCKET|STREAM)_\w+|CONNECT_TIMEOUT|CONNECTION_\w+)$/;
/**
 * Where the server finds that a migration has changed what a prepared statement gives, which is prepared anew for the next try,
 * or a type whose rows a turn sends, which is asked for anew.
 */
const STALE = new Set(['RevalidateCachedQuery', 'FetchPreparedStatement', 'array_recv', 'record_recv']);
/** Integrity and data errors: a constraint or a type said no. */
const REFUSED_STATES = /^2[23]\w{3}$/;

/** Classifies an error thrown by a turn. What it does not know is a bug. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Error && (error.name === 'TransientError' || error.name === 'AbortError'))
    return 'transient';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const routine = error instanceof Error && 'routine' in error ? String(error.routine) : '';
  if (STALE.has(routine)) return 'transient';
  if (TRANSIENT_STATES.test(code) || NETWORK.test(code)) return 'transient';
  return REFUSED_STATES.test(code) ? 'refused' : 'bug';
}
