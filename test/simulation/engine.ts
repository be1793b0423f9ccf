// Owns the one Postgres session of a simulating process: PGlite with our schema, put back to empty before every seed.
// Answers synchronously, so that no seed depends on how fast the machine is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { rowsOf, simpleQuery } from './wire.ts';

const MIGRATIONS = join(import.meta.dirname, '../../db/migrations');
const ROLE = 'accrue';
/** Plans must not depend on the seeds that ran before: one plan a statement, made without looking at values. */
const SESSION = `set timezone to 'UTC'; set plan_cache_mode to 'force_generic_plan'; set jit to off;
  set synchronous_commit to off`;

export type Engine = {
  /** Bytes of the protocol in, bytes out, as the application's role. */
  exchange(bytes: Uint8Array): Buffer;
  /** As superuser, outside the application's transactions: for oracles. */
  ask(sql: string): Record<string, string | null>[];
  /** Empties every table and forgets prepared statements. */
  reset(): void;
};

export async function startEngine(): Promise<Engine> {
  const database = await PGlite.create({ extensions: { btree_gist } });
  const exchange = (bytes: Uint8Array): Buffer =>
    withoutTimers(() => Buffer.from(database.execProtocolRawSync(bytes)));
  const run = (sql: string): Record<string, string | null>[] => rowsOf(exchange(simpleQuery(sql)));

  run(`create role ${ROLE} nosuperuser nobypassrls; grant all on schema public to ${ROLE};
    grant create on database postgres to ${ROLE}; create extension btree_gist; ${SESSION}; set role ${ROLE}`);
  for (const file of readdirSync(MIGRATIONS).sort()) {
    run(readFileSync(join(MIGRATIONS, file), 'utf8').split('-- Down Migration')[0] ?? '');
  }
  const tables = (): string[] =>
    run(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'fake_gateway')`,
    ).map(({ name }) => name ?? '');
  const template = new Set(tables());

  return {
    exchange,
    ask: (sql) => {
      run('reset role');
      try {
        return run(sql);
      } finally {
        run(`set role ${ROLE}`);
      }
    },
    reset: () => {
      const present = tables();
      const made = present.filter((name) => !template.has(name));
      if (made.length > 0) run(`drop table ${made.join(', ')}`);
      run(`truncate ${[...template].join(', ')} restart identity cascade; alter sequence usage_event_id restart;
        deallocate all; discard sequences`);
    },
  };
}

/**
 * The server arms its timeouts with the global timers, for as long as is really left: in a world of its own time that would be
 * a whim of the machine. A statement that answers at once needs none.
 */
function withoutTimers<T>(work: () => T): T {
  const { setTimeout, clearTimeout } = globalThis;
  const never = (): undefined => undefined;
  Object.assign(globalThis, { setTimeout: never, clearTimeout: never });
  try {
    return work();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}
