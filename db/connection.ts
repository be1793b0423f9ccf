// Owns how a process speaks to Postgres: one pool, exact values (text for int8, numeric and times), limits on every session.
// Refuses to know tables.
import type { EventEmitter } from 'node:events';
import type { Sql } from 'postgres';
import { postgres } from './driver.ts';
import { DatabaseUnfit } from './unfit.ts';

const STATEMENT_MS_MAX = 30_000;
/**
 * A turn makes two round trips; a transaction that idles longer than this has lost its process. What it has locked, such as
 * a customer or the sweep, stands still for everybody until then.
 */
const IDLE_IN_TRANSACTION_MS_MAX = 6_000;
const CONNECT_S_MAX = 10;
const IDLE_S_MAX = 300;
/** Longest pause before a lost connection is tried again; the driver's own grows to 20 s. */
const BACKOFF_S_MAX = 2;
/** Pause between two tries to reach a database that is away. */
const RETRY_MS = 500;

const OID = { date: 1082, timestamp: 1114, timestamptz: 1184 } as const;

export type ConnectOptions = {
  readonly url: string;
  /** Connections of this pool. */
  readonly max: number;
  /** Shown in pg_stat_activity, such as `accrue web`. */
  readonly name?: string;
  readonly statementTimeoutMs?: number;
  /** Called for each connection that ends, wanted or not. */
  readonly onClose?: (connectionId: number) => void;
  /** Another way to a server than its address: makes one connection a call. A simulation's; none of them grows old. */
  readonly socket?: () => EventEmitter;
};

/**
 * A lazy pool: nothing connects before the first query, lost connections come back by themselves.
 * int8 and numeric arrive as text, timestamptz as `2023-11-01T00:00:00.000000Z`, date and timestamp as Postgres writes
 * them. Times are sent as text. A query that is not awaited never runs.
 */
export function connectDatabase(options: ConnectOptions): Sql {
  const { url, max, name = 'accrue', statementTimeoutMs = STATEMENT_MS_MAX, onClose, socket } = options;
  const times = {
    instant: { to: OID.timestamptz, from: [OID.timestamptz], serialize: String, parse: exactInstant },
    plain: { to: OID.timestamp, from: [OID.timestamp, OID.date], serialize: String, parse: String },
  };
  const sql = postgres(url, {
    max,
    types: times,
    fetch_types: false,
    connect_timeout: CONNECT_S_MAX,
    idle_timeout: IDLE_S_MAX,
    backoff: (tries) => Math.min(0.05 * 2 ** tries, BACKOFF_S_MAX),
    onnotice: () => {},
    ...(onClose && { onclose: onClose }),
    ...(socket && { socket, max_lifetime: null, backoff: () => 0 }),
    connection: {
      application_name: name,
      TimeZone: 'UTC',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    },
  });
  return sql;
}

/** `2023-11-01 00:00:00.5+00` to six decimals and a Z; what has no such form (infinity, BC) passes as it is. */
function exactInstant(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (parts === null) return text;
  const [, day = '', time = '', fraction = ''] = parts;
  return `${day}T${time}.${fraction.padEnd(6, '0')}Z`;
}

/** Refuses a role that stands above row-level security: the walls between tenants would mean nothing. */
export async function assertRole(sql: Sql): Promise<void> {
  const [role] = await sql<{ name: string; superuser: boolean; bypass: boolean }[]>`
    select rolname as name, rolsuper as superuser, rolbypassrls as bypass from pg_roles where rolname = current_user`;
  if (role === undefined || role.superuser || role.bypass) {
    throw new DatabaseUnfit(
      `the database role ${role?.name ?? 'of this session'} bypasses row-level security: connect as a role with ` +
        'NOSUPERUSER and NOBYPASSRLS that owns the schema',
    );
  }
}

export type Reaching = {
  readonly sleep: (ms: number) => Promise<void>;
  readonly monotonicMs: () => number;
  readonly withinMs: number;
  /** Told of every try in vain but the last. */
  readonly away: (error: Error) => void;
};

/**
 * Waits until the database answers, trying again every half second. Throws DatabaseUnfit when it does not within
 * `withinMs`, and at once when it answers that it will not have us.
 */
export async function reachDatabase(sql: Sql, reaching: Reaching): Promise<void> {
  const untilMs = reaching.monotonicMs() + reaching.withinMs;
  for (;;) {
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!isAway(error)) throw isRefusal(error) ? unreachable(error) : error;
      if (reaching.monotonicMs() >= untilMs) throw unreachable(error);
      reaching.away(error);
      await reaching.sleep(RETRY_MS);
    }
  }
}

function unreachable(cause: Error): DatabaseUnfit {
  return new DatabaseUnfit(`the database cannot be reached (DATABASE_URL): ${cause.message}`, { cause });
}

/** Wrong user or password, no such database, no right to connect. */
function isRefusal(error: Error): boolean {
  return 'code' in error && /^(28\w{3}|3D000|42501)$/.test(String(error.code));
}

/** Refused, unreachable, timing out, starting up or shutting down: all pass. A wrong password does not. */
function isAway(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_\w+|57P0[1-3])$/.test(code);
}
