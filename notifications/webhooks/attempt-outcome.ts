// Owns the words for how an attempt ended; db/migrations/0010_notifications.sql lists the same in a check.
// Refuses to know what is done about it.
import { DestinationRefused } from './guarded-connect.ts';

export type AttemptOutcome =
  | 'delivered'
  | 'status_refused'
  | 'redirected'
  | 'gone'
  | 'throttled'
  | 'timed_out'
  | 'destination_refused'
  | 'name_unresolved'
  | 'connection_refused'
  | 'tls_failed'
  | 'connection_lost'
  | 'response_invalid';

const NAME_CODES =
  /^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|ETIMEOUT|EREFUSED|EBADNAME|EBADRESP|EFORMERR|ENOTIMP|ENONAME)$/;
const CONNECT_CODES =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|EADDRNOTAVAIL|EACCES|UND_ERR_CONNECT_TIMEOUT)$/;
const TLS_CODES =
  /^(EPROTO|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|CRL_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)$/;
const RESPONSE_CODES = /^(HPE_\w+|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES\w*|UND_ERR_INFO)$/;
const LOST_CODES = /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/;

const OVERLOADED_STATUS: readonly number[] = [429, 502, 503, 504];

/** Only 2xx is success; redirects are not followed. */
export function outcomeOfStatus(status: number): AttemptOutcome {
  if (status >= 200 && status < 300) return 'delivered';
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 410) return 'gone';
  return status === 429 ? 'throttled' : 'status_refused';
}

/** The outcome of a call that ended without an answer; undefined for an error that is not known to be the network's. */
export function outcomeOfError(error: unknown): AttemptOutcome | undefined {
  if (error instanceof DestinationRefused) return 'destination_refused';
  if (error instanceof Error && error.name === 'HTTPParserError') return 'response_invalid';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NAME_CODES.test(code)) return 'name_unresolved';
  if (CONNECT_CODES.test(code)) return 'connection_refused';
  if (TLS_CODES.test(code)) return 'tls_failed';
  if (RESPONSE_CODES.test(code)) return 'response_invalid';
  return LOST_CODES.test(code) ? 'connection_lost' : undefined;
}

/** Whether the endpoint as a whole should get some rest. */
export function isOverload(outcome: AttemptOutcome, status: number | undefined): boolean {
  return outcome === 'timed_out' || (status !== undefined && OVERLOADED_STATUS.includes(status));
}
