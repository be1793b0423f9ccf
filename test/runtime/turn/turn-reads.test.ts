// A turn finds all it touches through indexes, its checks included: it costs the same however much the tables hold.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Sql } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { asAdmin } from '#test/support/server.ts';
import { turnSetting } from '#test/support/turns.ts';

let database: TestDatabase;

before(async () => {
  database = await testDatabase({ max: 1 });
});
after(() => database.close());

const GROWING = [
  'billing_events',
  'charges',
  'customers',
  'invoice_lines',
  'invoices',
  'items',
  'item_versions',
  'journals',
  'meter_events_default',
  'outbox',
  'postings',
  'realization_runs',
  'subscriptions',
  'usage_rollups',
];

/** How often each table was read as a whole so far, by the one connection that there is. */
async function wholeReads(sql: Sql): Promise<Map<string, number>> {
  await sql`select pg_stat_force_next_flush()`;
  const rows = await sql<{ name: string; scans: string }[]>`
    select relname as name, seq_scan as scans from pg_stat_user_tables
    where schemaname = 'public' and relname = any(${GROWING}::text[])`;
  assert.equal(rows.length, GROWING.length);
  return new Map(rows.map(({ name, scans }) => [name, Number(scans)]));
}

test('a turn that closes a month reads no table as a whole', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_reads', ['cus_reads']);
  await setting.command('cus_reads', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_reads', ['cus_reads']);
  await setting.use('cus_reads', 'mtr_tokens', '2023-11-16T18:17:00Z', 4808);
  await setting.setClock('2023-12-01T01:00:00Z');
  const before = await wholeReads(sql);
  await setting.turns.run('ten_reads', ['cus_reads']);
  const after = await wholeReads(sql);
  assert.deepEqual(after, before);
  const [{ count } = { count: '' }] = await sql`
    select count(*) from (select set_config('app.scope', 'system', false)) s, invoices where status = 'open'`;
  assert.equal(count, '2');
});

/** How many entries of each index were read so far, by the one connection that there is. */
async function entriesRead(sql: Sql): Promise<Map<string, number>> {
  await sql`select pg_stat_force_next_flush()`;
  const rows = await sql<{ name: string; entries: string }[]>`
    select indexrelname as name, idx_tup_read as entries from pg_stat_user_indexes where schemaname = 'public'`;
  return new Map(rows.map(({ name, entries }) => [name, Number(entries)]));
}

const ANSWERED = `
  insert into commands (id, tenant_id, type, payload, payload_hash, status, result, created_at, decided_at)
  select 'cmd_' || n, 'ten_young', 't', '{}', sha256(''), 'done', '{}', '2023-11-01', '2023-11-01' from generate_series(1, 2000) n`;
const PARTS = 'charges, items, item_versions, invoices, invoice_lines, realization_runs';
// A plan is made at the first turn and kept until somebody counts the rows of its tables anew.
for (const [name, empty, quiet] of [
  ['while all tables were empty, before anybody counted their rows,', '', []],
  ['while all tables were empty, after somebody counted none,', `vacuum analyze ${PARTS}`, []],
  ['while no command waited', '', [ANSWERED, 'vacuum analyze commands']],
] as const) {
  test(`plans made ${name} walk no index as a whole`, async () => {
    const young = await testDatabase({ max: 1 });
    try {
      await asAdmin(young.adminUrl, (admin) => admin.query(empty));
      const customers = Array.from({ length: 40 }, (_, index) => `cus_young${index}`);
      const setting = await turnSetting(young.sql, 'ten_young', customers);
      for (const id of customers) {
        await setting.command(id, 'subscription.create', { plan: 'pro' });
        await setting.turns.run('ten_young', [id]);
        await setting.use(id, 'mtr_tokens', '2023-11-16T18:17:00Z', 4808);
      }
      await setting.setClock('2023-12-01T01:00:00Z');
      const [first = '', ...others] = customers;
      for (const id of others) await setting.turns.run('ten_young', [id]);
      await asAdmin(young.adminUrl, async (admin) => {
        for (const statement of quiet) await admin.query(statement);
      });
      for (const id of others) await setting.turns.run('ten_young', [id]);
      for (const id of customers) await setting.command(id, 'subscription.create', { plan: 'pro' });
      const before = await entriesRead(young.sql);
      await setting.turns.run('ten_young', [first]);
      const after = [...(await entriesRead(young.sql))];
      const read = after.map(([index, count]) => ({ index, count: count - (before.get(index) ?? 0) }));
      assert.deepEqual(
        read.filter(({ count }) => count >= customers.length),
        [],
      );
    } finally {
      await young.close();
    }
  });
}
