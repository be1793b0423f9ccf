// Owns the keep-alive connections: one small pool per endpoint, and a bound on how many pools are kept.
import { type buildConnector, Pool } from 'undici';

const POOLS_MAX = 200;
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MS_MAX = 60_000;

type Entry = { readonly shape: string; readonly pool: Pool };

export type ConnectionPools = {
  /** The pool of an endpoint; a change of origin or of the number of connections makes a new one. */
  poolOf(endpointId: string, origin: string, connections: number): Pool;
  /** Waits for requests under way, then closes all connections. */
  close(): Promise<void>;
};

export function createConnectionPools(connect: buildConnector.connector): ConnectionPools {
  // In order of last use: the first is the one to give up.
  const entries = new Map<string, Entry>();

  const retire = (endpointId: string, entry: Entry): void => {
    entries.delete(endpointId);
    // Its requests under way still end; there is nobody left to tell of a failure to close.
    void entry.pool.close().catch(() => undefined);
  };

  const open = (origin: string, connections: number): Pool =>
    new Pool(origin, {
      connect,
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX,
      // The sender keeps both deadlines itself.
      headersTimeout: 0,
      bodyTimeout: 0,
    });

  return {
    poolOf(endpointId, origin, connections) {
      const shape = `${origin} ${connections}`;
      const known = entries.get(endpointId);
      if (known !== undefined && known.shape !== shape) retire(endpointId, known);
      const entry = known?.shape === shape ? known : { shape, pool: open(origin, connections) };
      entries.delete(endpointId);
      entries.set(endpointId, entry);
      const [oldest] = entries;
      if (entries.size > POOLS_MAX && oldest !== undefined) retire(...oldest);
      return entry.pool;
    },
    async close() {
      const open = [...entries.values()];
      entries.clear();
      await Promise.all(open.map((entry) => entry.pool.close()));
    },
  };
}
