// Owns telling a fault that passes (network, locks, a server on its way down or up) from a bug that does not.
import { Fenced, TransientError } from './errors.ts';

/** SQLSTATE classes: connection, rollback (serialization, deadlock), resources, lock not free, canceled or shutting down. */
const PASSING_SQLSTATE = /^(08|40|53|55P03|57)/;
/** postgres.js and the network. */
const PASSING_CODE =
  /^(CONNECTION_\w+|CONNECT_TIMEOUT|ECONN\w+|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)$/;

/** Whether the same work may succeed when it is tried again later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TransientError || error instanceof Fenced) return true;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return PASSING_SQLSTATE.test(error.code) || PASSING_CODE.test(error.code);
}
