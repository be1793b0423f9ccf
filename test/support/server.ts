// Owns the one database server of a test run and the migrated template that tests clone.
// The runner hands its server to the test files by environment; a file run by hand makes or finds its own.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';
import { migrateUp } from '#runtime/migrate.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = join(ROOT, 'db/migrations');
const LOCK = 7_203_114;
export const ADMIN_VARIABLE = 'ACCRUE_TEST_ADMIN_URL';
export const APP_VARIABLE = 'ACCRUE_TEST_APP_URL';
export const CLONE_PREFIX = 'accrue_clone_';

export type TestServer = {
  readonly adminUrl: string;
  readonly appUrl: string;
  stop(): Promise<void>;
};

/** The runner's server, or one below `.accrue/test` that is shared by all who ask and ends with the last. */
export async function openTestServer(): Promise<TestServer> {
  const { [ADMIN_VARIABLE]: adminUrl, [APP_VARIABLE]: appUrl } = process.env;
  if (adminUrl && appUrl) return { adminUrl, appUrl, stop: async () => {} };
  const log = createLog({ level: 'warn', clock: systemClock(), write: (line) => process.stderr.write(line) });
  const server = await startEmbeddedPostgres({
    dataDir: join(ROOT, '.accrue/test'),
    log,
    // Tests kill processes, not machines: nothing is lost without fsync.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  return { adminUrl: server.adminUrl, appUrl: server.url, stop: server.stop };
}

/** The address of another database on the same server. */
export function onDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** Runs statements as superuser, outside any transaction. */
export async function asAdmin<T>(adminUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The name of a migrated database; made once for each state of the migrations, older ones are dropped. */
export async function ensureTemplate(server: TestServer): Promise<string> {
  const template = `accrue_template_${migrationsMark()}`;
  return asAdmin(server.adminUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    const names = await client.query<{ datname: string }>(
      `select datname from pg_database where datname like 'accrue\\_template\\_%'`,
    );
    if (names.rows.some(({ datname }) => datname === template)) return template;
    for (const { datname } of names.rows)
      await client.query(`drop database if exists ${datname} with (force)`);
    const fresh = `${template}_new`;
    await client.query(`create database ${fresh} owner accrue`);
    const log = createLog({
      level: 'warn',
      clock: systemClock(),
      write: (line) => process.stderr.write(line),
    });
    await migrateUp({ url: onDatabase(server.appUrl, fresh), log });
    await client.query(`alter database ${fresh} rename to ${template}`);
    return template;
  });
}

function migrationsMark(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'node_modules/bullmq/package.json')));
  for (const file of readdirSync(MIGRATIONS).sort())
    hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  return hash.digest('hex').slice(0, 12);
}
