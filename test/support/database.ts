// Owns a test's own database: a clone of the migrated template, dropped when the test closes it.
import type postgres from 'postgres';
import { connectDatabase } from '#db/connection.ts';
import {
  asAdmin,
  CLONE_PREFIX,
  ensureTemplate,
  onDatabase,
  openTestServer,
  type TestServer,
} from './server.ts';

let server: Promise<TestServer> | undefined;
let openDatabases = 0;
let made = 0;

export type TestDatabase = {
  /** As the application role. */
  readonly url: string;
  /** As superuser, for what row-level security would hide. */
  readonly adminUrl: string;
  readonly sql: postgres.Sql;
  close(): Promise<void>;
};

/** A fresh, migrated database. `empty` gives one without any schema; `max` is the size of `sql`'s pool. */
export async function testDatabase({ max = 5, empty = false } = {}): Promise<TestDatabase> {
  openDatabases += 1;
  server ??= openTestServer();
  const opened = await server;
  made += 1;
  const name = `${CLONE_PREFIX}${process.pid}_${made}`;
  const source = empty ? 'template0' : await ensureTemplate(opened);
  await asAdmin(opened.adminUrl, (admin) =>
    admin.query(`create database ${name} template ${source} owner accrue`),
  );
  const url = onDatabase(opened.appUrl, name);
  const sql = connectDatabase({ url, max, name: 'accrue test' });

  return {
    url,
    adminUrl: onDatabase(opened.adminUrl, name),
    sql,
    close: async () => {
      await sql.end({ timeout: 5 });
      await asAdmin(opened.adminUrl, (admin) => admin.query(`drop database ${name} with (force)`));
      openDatabases -= 1;
      if (openDatabases > 0) return;
      server = undefined;
      await opened.stop();
    },
  };
}
