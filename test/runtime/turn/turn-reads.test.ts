// A turn finds all it touches through indexes, its checks included: it costs the same however much the tables hold.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Sql } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
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
