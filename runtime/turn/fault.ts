// Owns telling faults apart: what passes by itself, what the data or a rule refuses, and what is a bug.

export type Fault = 'transient' | 'refused' | 'bug';

/** Serialization, deadlock, lock and statement timeouts, shutdowns, too many connections, a network that broke. */
const TRANSIENT_STATES = /^(40\w{3}|55P03|57\w{3}|53\w{3}|08\w{3}|25P0[23])$/;
const NETWORK = /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_\w+)$/;
/** Integrity and data errors: a constraint or a type said no. */
const REFUSED_STATES = /^2[23]\w{3}$/;

/** Classifies an error thrown by a turn. What it does not know is a bug. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Error && (error.name === 'TransientError' || error.name === 'AbortError'))
    return 'transient';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (TRANSIENT_STATES.test(code) || NETWORK.test(code)) return 'transient';
  return REFUSED_STATES.test(code) ? 'refused' : 'bug';
}
