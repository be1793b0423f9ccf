// Owns the real Postgres of a machine that has none: its cluster lies below the data folder, it starts on a free
// port or is found running, and it ends with its last user. Not for production.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Clock, systemClock } from './clock.ts';
import type { Log } from './log.ts';
import { findNative } from './postgres/binaries.ts';
import { type Home, openHome } from './postgres/home.ts';
import { runningPort, type ServerSettings, startServer, stopServer } from './postgres/postmaster.ts';
import { createTurnstile } from './postgres/turnstile.ts';
import { type Random, systemRandom } from './random.ts';
import { rememberedSecret } from './remembered-secret.ts';

const PASSWORD_BYTES = 24;
const APP_NAME = 'accrue';

export type EmbeddedPostgres = {
  /** Database `accrue` as its owner, a role that is neither superuser nor above row-level security. */
  readonly url: string;
  /** Database `postgres` as superuser; for tests that make databases of their own. */
  readonly adminUrl: string;
  /** Lets go of the server; the last user stops it. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  readonly dataDir: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Added to the server's settings. */
  readonly settings?: ServerSettings;
  /** The program that makes user namespaces for root. */
  readonly namespaceCommand?: string;
};

/** Starts the server below `dataDir`, or attaches to the one that runs there. Creates what is missing. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, clock = systemClock(), random = systemRandom(), settings = {} } = options;
  const { namespaceCommand = 'unshare' } = options;
  mkdirSync(dataDir, { recursive: true });
  const secret = (name: string): string => rememberedSecret(name, { dataDir, random, bytes: PASSWORD_BYTES });
  const adminPassword = secret('postgres-admin-password');
  const appPassword = secret('postgres-password');
  const seat = Buffer.from(random.bytes(4)).toString('hex');
  const turnstile = createTurnstile({ folder: join(dataDir, 'postgres-users'), clock, seat });

  const { home, port } = await turnstile.exclusively(async () => {
    const opened = await openHome({
      dataDir,
      native: findNative(),
      password: adminPassword,
      namespaceCommand,
    });
    const attached = await runningPort(opened, clock);
    const listening = attached ?? (await startServer(opened, settings, clock));
    await createAppRole(address('postgres', adminPassword, listening), appPassword);
    turnstile.enter();
    log.info('embedded database ready', {
      port: listening,
      attached: attached !== undefined,
      as: opened.account.kind,
    });
    return { home: opened, port: listening };
  });

  return {
    url: address(APP_NAME, appPassword, port),
    adminUrl: address('postgres', adminPassword, port),
    stop: () => turnstile.exclusively(() => leave(home, turnstile.leave(), clock)),
  };
}

async function leave(home: Home, last: boolean, clock: Clock): Promise<void> {
  if (last && (await runningPort(home, clock)) !== undefined) await stopServer(home);
}

function address(name: string, password: string, port: number): string {
  return `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
}

/** Idempotent, so that a start that died between the two statements is completed by the next. */
async function createAppRole(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const roles = await client.query('select 1 from pg_roles where rolname = $1', [APP_NAME]);
    const verb = roles.rowCount === 0 ? 'create' : 'alter';
    await client.query(
      `${verb} role ${APP_NAME} login nosuperuser nocreatedb nocreaterole nobypassrls password ${pg.escapeLiteral(password)}`,
    );
    const databases = await client.query('select 1 from pg_database where datname = $1', [APP_NAME]);
    if (databases.rowCount === 0) await client.query(`create database ${APP_NAME} owner ${APP_NAME}`);
  } finally {
    await client.end();
  }
}
