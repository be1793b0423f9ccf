// Owns the connection of a webhook: the name is resolved, every answer is checked, the socket goes to a checked address
// and is checked once more when it stands. No proxy is ever asked.
import type { LookupAddress } from 'node:dns';
import { Resolver, lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { isReachable } from './address-rules.ts';
import { type DestinationRules, isHostAllowed } from './destination.ts';

const RESOLVE_TIMEOUT_MS = 3000;
const RESOLVE_TRIES = 2;
/** A backstop: the deadline of an attempt is kept by its sender. */
const CONNECT_TIMEOUT_MS = 20_000;

/** All addresses of a name. Rejects when there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** The destination is not one a webhook may reach. */
export class DestinationRefused extends Error {
  override readonly name = 'DestinationRefused';
}

/** `ca` replaces the certificate authorities that are trusted, in PEM. */
export function guardedConnect(
  deps: DestinationRules & { readonly resolve: Resolve; readonly ca?: string | undefined },
): buildConnector.connector {
  const { allowPrivate, resolve, ca } = deps;
  const connect = buildConnector({
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    autoSelectFamily: true,
    lookup: checkedLookup(resolve, allowPrivate),
    ...(ca === undefined ? {} : { ca }),
  });
  return (options, callback) => {
    if (!isHostAllowed(options.hostname, allowPrivate)) {
      return callback(new DestinationRefused(`${options.hostname} is not a public address`), null);
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (isReachable(socket.remoteAddress ?? '', allowPrivate)) return callback(null, socket);
      socket.destroy();
      callback(new DestinationRefused(`${options.hostname} led to ${socket.remoteAddress}`), null);
    });
  };
}

function checkedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  const reachable = async (hostname: string): Promise<LookupAddress[]> => {
    const answers = await resolve(hostname);
    const allowed = answers.filter((address) => isReachable(address, allowPrivate));
    if (allowed.length === 0) throw new DestinationRefused(`${hostname} has no public address`);
    return allowed.map((address) => ({ address, family: isIP(address) }));
  };
  const asCallback = callbackify(reachable);
  return (hostname, options, callback) => {
    asCallback(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || first === undefined) callback(error, '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Asks the name servers directly: the system's own lookup would let a few slow names occupy all its threads. With
 * private destinations allowed it is the system's lookup, which also knows names from the hosts file.
 */
export function createResolve({ allowPrivate }: DestinationRules): Resolve {
  if (allowPrivate) {
    return async (hostname) => (await systemLookup(hostname, { all: true })).map((answer) => answer.address);
  }
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: RESOLVE_TRIES });
  return async (hostname) => {
    const families = [resolver.resolve4(hostname), resolver.resolve6(hostname)];
    const answers = await Promise.allSettled(families);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const [first] = answers;
    if (found.length === 0 && first?.status === 'rejected') throw first.reason;
    return found;
  };
}
