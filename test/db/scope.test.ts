// The walls between tenants, held against the catalog of the migrated schema: every table has one, it stands in front of
// reading and writing alike, and only the files named here may look over it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inSystem, inTenant, type Tx } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { asAdmin } from '#test/support/server.ts';
import { sourceFiles, withoutComments } from '#test/support/source-tree.ts';

/** Who works for all tenants at once, and why (protocols H10). */
const SYSTEM_SCOPE: Readonly<Record<string, string>> = {
  'db/scope.ts': 'defines it',
  'db/views/oldest-due.ts': 'how late the whole installation is, as numbers without rows',
  'runtime/doctor.ts': 'examines the books of one tenant or all, and changes nothing',
  'runtime/sweep.ts': 'finds due work of all tenants',
  'runtime/rollup-check.ts': 'compares rollups of all tenants with their facts, and changes nothing',
  'runtime/sweep-upkeep.ts': 'partitions and outdated answers of all tenants',
  'runtime/ingest/drain-pass.ts': 'counts the inbox of all tenants',
  'runtime/ingest/drain.ts': 'sets aside an inbox row that cannot be counted',
  'runtime/ingest/ingest-waiter.ts':
    'one question for all requests that wait in this process, by ids it gave out',
  'runtime/command-waiter.ts': 'one question for all requests that wait in this process, by ids it gave out',
  'notifications/relay.ts': 'fans out the outbox of all tenants',
  'notifications/email/mail-run.ts': 'claims due mails of all tenants',
};

/** Rows of the outside world or of the machinery, of no tenant. */
const NO_TENANT = new Set(['schema_migrations']);
/** Its keys are hashes that contain the tenant; only the drain reads it. */
const DRAIN_ONLY = /^usage_identity(_\d+)?$/;

type Table = { name: string; column: string; isPartition: boolean };

let database: TestDatabase;
let tables: Table[];

before(async () => {
  database = await testDatabase();
  await inSystem(
    database.sql,
    (tx) => tx`
    select add_month_partition(parent, '2023-11-01', '2023-12-01')
    from unnest(array['usage_events', 'meter_events']) as parent`,
  );
  tables = await tenantTables();
});
after(() => database.close());

async function tenantTables(): Promise<Table[]> {
  return [
    ...(await database.sql<Table[]>`
      select c.relname as name, a.attname as column, c.relispartition as "isPartition"
      from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and (a.attname = 'tenant_id' or (c.relname = 'tenants' and a.attname = 'id'))
      order by c.relname`),
  ];
}

test('only these files ask for the system scope', () => {
  const asking = sourceFiles('.ts')
    .filter(({ path }) => !/^(test|bench|examples)\//.test(path))
    .filter(({ text }) => /\binSystem\b|app\.scope/.test(withoutComments(text)));
  assert.deepEqual(asking.map(({ path }) => path).sort(), Object.keys(SYSTEM_SCOPE).sort());
});

test('every table of the schema belongs to a tenant, or says that it does not', async () => {
  const rows = await database.sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`;
  const walled = new Set(tables.map(({ name }) => name));
  const others = rows.map(({ name }) => name).filter((name) => !walled.has(name) && !DRAIN_ONLY.test(name));
  assert.deepEqual(others, [...NO_TENANT]);
  assert.ok(tables.length > 35, `only ${tables.length} tables were found`);
});

test('every such table has row-level security, forced on its owner too, partitions included', async () => {
  const bare = await database.sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and not (relrowsecurity and relforcerowsecurity) order by relname`;
  assert.deepEqual(
    bare.map(({ name }) => name),
    [...NO_TENANT],
  );
});

describe('a tenant and the rows of another', () => {
  /** Rows without their constraints: the wall must hold alone. */
  before(async () => {
    await asAdmin(database.adminUrl, async (admin) => {
      for (const { name, isPartition } of tables) {
        if (!isPartition) await admin.query(`alter table ${name} disable trigger user`);
      }
      const bound = await admin.query<{ statement: string }>(`
        select format('alter table %s drop constraint if exists %I cascade', c.conrelid::regclass, c.conname) as statement
        from pg_constraint c join pg_class t on t.oid = c.conrelid
        where c.connamespace = 'public'::regnamespace and c.conparentid = 0 and not t.relispartition
          and not (c.contype = 'n' and exists (select 1 from pg_attribute a
            where a.attrelid = c.conrelid and a.attnum = any(c.conkey) and a.attidentity <> ''))
        order by c.contype <> 'f', c.contype = 'n'`);
      for (const { statement } of bound.rows) await admin.query(statement);
      for (const { name, column, isPartition } of tables) {
        if (isPartition) continue;
        await admin.query(`insert into ${name} (${column}) values ('ten_a'), ('ten_b')`);
      }
      const months = `(tenant_id, stored_at) values ('ten_a', '2023-11-05'), ('ten_b', '2023-11-05')`;
      for (const name of ['usage_events', 'meter_events']) await admin.query(`insert into ${name} ${months}`);
    });
  });

  /** Does `work` in the scope of tenant A and takes it back. */
  async function undone<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined;
    const rolledBack = new Error('rolled back');
    await inTenant(database.sql, 'ten_a', async (tx) => {
      result = { value: await work(tx) };
      throw rolledBack;
    }).catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
    assert.ok(result);
    return result.value;
  }

  const seen = async (tx: Tx, { name, column }: Table): Promise<string[]> => {
    const rows = await tx.unsafe<{ tenant: string }[]>(`select ${column} as tenant from ${name}`);
    return [...new Set(rows.map(({ tenant }) => tenant))].sort();
  };

  const refused = { code: '42501' };

  test('are invisible, and without a scope so is everything', async () => {
    for (const table of tables) {
      assert.deepEqual(await undone((tx) => seen(tx, table)), ['ten_a'], table.name);
      const none = await database.sql.begin((tx) => seen(tx, table));
      assert.deepEqual(none, [], table.name);
      const all = await inSystem(database.sql, (tx) => seen(tx, table));
      assert.deepEqual(all, ['ten_a', 'ten_b'], table.name);
    }
  });

  test('are neither changed nor deleted', async () => {
    for (const { name, column } of tables) {
      const all = await inSystem(database.sql, (tx) => tx.unsafe(`select 1 from ${name}`));
      for (const text of [`update ${name} set ${column} = 'ten_a'`, `delete from ${name}`]) {
        const touched = await undone((tx) => tx.unsafe(`${text} returning 1`));
        assert.equal(touched.length * 2, all.length, text);
      }
    }
  });

  test('are not made: no row is inserted for another, and none is handed over', async () => {
    for (const { name, column, isPartition } of tables) {
      const handOver = `update ${name} set ${column} = 'ten_b'`;
      await assert.rejects(
        undone((tx) => tx.unsafe(handOver)),
        refused,
        name,
      );
      if (isPartition) continue;
      await assert.rejects(
        undone((tx) => tx.unsafe(`insert into ${name} (${column}) values ('ten_b')`)),
        refused,
        name,
      );
    }
  });

  test('and identities are for the drain alone', async () => {
    const key = '00000000-0000-0000-0000-000000000001';
    await inSystem(database.sql, (tx) => tx`insert into usage_identity (key, body_hash) values (${key}, 1)`);
    const names = await database.sql<{ name: string }[]>`
      select relname as name from pg_class where relname ~ '^usage_identity(_[0-9])?$' and relkind in ('r', 'p')`;
    assert.equal(names.length, 5);
    for (const { name } of names) {
      assert.equal((await undone((tx) => tx.unsafe(`select 1 from ${name}`))).length, 0, name);
    }
    await assert.rejects(
      undone((tx) => tx`insert into usage_identity (key, body_hash) values (${key}, 1)`),
      refused,
    );
  });
});
