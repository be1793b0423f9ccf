// Owns which URLs may be called by a webhook. The address behind a name is checked at connect, in guarded-connect.ts.
import { isIP } from 'node:net';
import { isReachable } from './address-rules.ts';

const URL_CHARS_MAX = 2000;
const WEB_PORTS: readonly number[] = [80, 443, 8443];
const REGISTERED_PORT_MIN = 1024;
/** Whitespace and controls (a URL parser drops some silently), and the backslash (it reads as a slash to some). */
const AMBIGUOUS = /[\s\p{Cc}\p{Cf}\\]/u;
const LOCAL_NAMES = ['localhost', 'internal', 'local', 'home.arpa'];

export type Destination =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly code: 'destination_refused'; readonly message: string };

export type DestinationRules = {
  /** Also http, names of the local network, and private addresses. */
  readonly allowPrivate: boolean;
};

/** Reads the URL of an endpoint; a refusal says what is wrong with it. */
export function parseDestination(text: string, rules: DestinationRules): Destination {
  const parsed = text.length > URL_CHARS_MAX || AMBIGUOUS.test(text) ? null : URL.parse(text);
  if (parsed === null) return refused('is not a well-formed URL');
  const problem = problemOf(parsed, rules);
  return problem === undefined ? { ok: true, url: parsed } : refused(problem);
}

function problemOf(url: URL, { allowPrivate }: DestinationRules): string | undefined {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivate))
    return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.hash !== '' || url.href.endsWith('#')) return 'must not contain a fragment';
  if (!isPortAllowed(url.port)) return 'must use port 443, 8443, 80 or one above 1023';
  return isHostAllowed(url.hostname, allowPrivate) ? undefined : 'must lead to a public address';
}

function isPortAllowed(port: string): boolean {
  return port === '' || WEB_PORTS.includes(Number(port)) || Number(port) >= REGISTERED_PORT_MIN;
}

/** `hostname` as URL gives it: numbers in any spelling are dotted IPv4 already, IPv6 stands in brackets. */
export function isHostAllowed(hostname: string, allowPrivate: boolean): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return isReachable(address, allowPrivate);
  const name = hostname.replace(/\.$/, '');
  if (name === '') return false;
  return allowPrivate || !LOCAL_NAMES.some((local) => name === local || name.endsWith(`.${local}`));
}

function refused(message: string): Destination {
  return { ok: false, code: 'destination_refused', message };
}
