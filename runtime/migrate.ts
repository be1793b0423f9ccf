// Owns the schema's way up and down, ours and the queue library's, and the refusal to run on another one.
// Refuses to know what is in the migrations.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Sql } from '#db/scope.ts';
import { assertServer } from '#db/server-release.ts';
import { DatabaseUnfit } from '#db/unfit.ts';
import type { Log } from './log.ts';
import { tuneQueueTables } from './queues/tune-tables.ts';

const MIGRATIONS_FOLDER = join(import.meta.dirname, '../db/migrations');
const MIGRATIONS_TABLE = 'schema_migrations';
const QUEUE_SCHEMA = 'bullmq';

export type MigrateOptions = { readonly url: string; readonly log: Log };

/** Applies what is missing, all in one transaction; other migrating processes wait. Answers the names applied. */
export async function migrateUp({ url, log }: MigrateOptions): Promise<string[]> {
  const applied = await migrate('up', { url, log }, Number.POSITIVE_INFINITY);
  await withClient(url, async (client) => {
    await runMigrations(client, QUEUE_SCHEMA);
    await tuneQueueTables(client);
  });
  return applied;
}

/** Takes back the last `count` migrations. The queue library's schema has no way down and stays. */
export async function migrateDown(options: MigrateOptions & { readonly count: number }): Promise<string[]> {
  return migrate('down', options, options.count);
}

/** Throws DatabaseUnfit unless every migration is applied and the queue's schema is the one this library writes. */
export async function assertSchema(sql: Sql): Promise<void> {
  const applied = new Set(await appliedNames(sql));
  const pending = migrationNames().filter((name) => !applied.has(name));
  if (pending.length > 0) {
    throw new DatabaseUnfit(
      `migrations are not applied (${pending.join(', ')}): run the release process first`,
    );
  }
  const version = await queueSchemaVersion(sql);
  if (version !== LATEST_SCHEMA_VERSION) {
    throw new DatabaseUnfit(
      `the queue schema has version ${version}, this release needs ${LATEST_SCHEMA_VERSION}: ` +
        'run the release process of the same release',
    );
  }
}

/** The migrations this release brings, in order. */
export function migrationNames(): string[] {
  return readdirSync(MIGRATIONS_FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort((a, b) => (a < b ? -1 : 1));
}

async function migrate(
  direction: 'up' | 'down',
  { url, log }: MigrateOptions,
  count: number,
): Promise<string[]> {
  const quiet = { debug: () => {}, info: () => {}, warn: log.warn, error: log.error };
  return withClient(url, async (dbClient) => {
    await assertServer(async (text) => (await dbClient.query(text)).rows);
    const ran = await runner({
      dbClient,
      dir: MIGRATIONS_FOLDER,
      migrationsTable: MIGRATIONS_TABLE,
      direction,
      count,
      advisoryLockMode: 'wait',
      singleTransaction: true,
      logger: quiet,
    });
    for (const { name } of ran) log.info('migrated', { direction, name });
    return ran.map(({ name }) => name);
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'accrue release' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function appliedNames(sql: Sql): Promise<string[]> {
  const [table] = await sql`select to_regclass(${MIGRATIONS_TABLE}) is not null as present`;
  if (table?.['present'] !== true) return [];
  const rows = await sql<{ name: string }[]>`select name from ${sql(MIGRATIONS_TABLE)}`;
  return rows.map(({ name }) => name);
}

async function queueSchemaVersion(sql: Sql): Promise<number> {
  const ledger = `${QUEUE_SCHEMA}.migration`;
  const [table] = await sql`select to_regclass(${ledger}) is not null as present`;
  if (table?.['present'] !== true) return 0;
  const [row] = await sql<{ version: number }[]>`select max(version)::int as version from ${sql(ledger)}`;
  return row?.version ?? 0;
}
