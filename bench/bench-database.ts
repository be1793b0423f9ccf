// Owns the server of a benchmark: an embedded Postgres with its own folder and durable settings, and a fresh database.
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';
import { migrateUp } from '#runtime/migrate.ts';

const FOLDER = join(import.meta.dirname, '../.accrue/bench');

export type BenchDatabase = { readonly url: string; readonly adminUrl: string; stop(): Promise<void> };

/** A migrated database of this name, dropped first if it is there. */
export async function benchDatabase(name: string): Promise<BenchDatabase> {
  const log = createLog({ level: 'warn', clock: systemClock(), write: (line) => process.stderr.write(line) });
  const server = await startEmbeddedPostgres({
    dataDir: FOLDER,
    log,
    // No checkpoint and no vacuum in the middle of a measure: what they cost falls on whoever is measured then.
    settings: {
      max_wal_size: '16GB',
      checkpoint_timeout: '60min',
      autovacuum_naptime: '60min',
      shared_buffers: '512MB',
    },
  });
  const address = (url: string): string => {
    const changed = new URL(url);
    changed.pathname = `/${name}`;
    return changed.href;
  };
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name} owner accrue`);
  await admin.end();
  const url = address(server.url);
  await migrateUp({ url, log });
  return { url, adminUrl: address(server.adminUrl), stop: server.stop };
}
