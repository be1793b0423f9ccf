// The schema goes up, down and up again; a process refuses to run on another one than its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DatabaseUnfit } from '#db/unfit.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { assertSchema, migrateDown, migrateUp, migrationNames } from '#runtime/migrate.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

const log = createLog({ level: 'error', clock: systemClock() });
let database: TestDatabase;
before(async () => {
  database = await testDatabase({ empty: true });
});
after(() => database.close());

/** Everything of ours that a migration could leave behind. */
async function objects(): Promise<string[]> {
  const rows = await database.sql<{ name: string }[]>`
    select c.relkind::text || ' ' || c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname !~ '^schema_migrations'
    union all
    select 'function ' || p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select 'type ' || t.typname from pg_type t where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd')
    order by 1`;
  return rows.map(({ name }) => name);
}

test('an empty database is refused', async () => {
  await assert.rejects(
    assertSchema(database.sql),
    (error) => error instanceof DatabaseUnfit && error.message.includes('0001_tenants'),
  );
});

test('up, down and up again end where they began', async () => {
  const { url } = database;
  assert.deepEqual(await migrateUp({ url, log }), migrationNames());
  await assertSchema(database.sql);
  const first = await objects();
  assert.ok(first.length > 20);
  await migrateDown({ url, log, count: migrationNames().length });
  assert.deepEqual(await objects(), []);
  await migrateUp({ url, log });
  assert.deepEqual(await objects(), first);
});

test('each migration can be taken back by itself and applied again', async () => {
  const { url } = database;
  const full = await objects();
  for (const name of migrationNames().toReversed()) {
    assert.deepEqual(await migrateDown({ url, log, count: 1 }), [name]);
  }
  await migrateUp({ url, log });
  assert.deepEqual(await objects(), full);
});

test('a second run changes nothing, and two at once wait for each other', async () => {
  const { url } = database;
  await migrateDown({ url, log, count: 2 });
  const runs = await Promise.all([migrateUp({ url, log }), migrateUp({ url, log })]);
  assert.deepEqual(runs.flat().sort(), migrationNames().slice(-2));
  assert.deepEqual(await migrateUp({ url, log }), []);
});

test('a missing migration is named', async () => {
  await migrateDown({ url: database.url, log, count: 1 });
  const last = migrationNames().at(-1) ?? '';
  await assert.rejects(
    assertSchema(database.sql),
    (error) => error instanceof DatabaseUnfit && error.message.includes(last),
  );
  await migrateUp({ url: database.url, log });
});

test('another version of the queue schema is refused', async () => {
  await database.sql.begin(async (sql) => {
    await sql`update bullmq.migration set version = version + 1000 where version = (select max(version) from bullmq.migration)`;
  });
  await assert.rejects(assertSchema(database.sql), /the queue schema has version 10\d\d/);
});
