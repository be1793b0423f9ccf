// A deploy migrates while processes of the release before still work, and hosts go away: turns go on, nobody is parked for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inTenant } from '#db/scope.ts';
import { faultOf } from '#runtime/turn/fault.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { turnSetting } from '#test/support/turns.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 1 });
});
after(() => database.close());

test('a table that gets a column between two turns of a connection parks no customer', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_deploy', ['cus_deploy']);
  await setting.command('cus_deploy', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_deploy', ['cus_deploy']);
  const owner = connectDatabase({ url: database.adminUrl, max: 1 });
  for (const table of ['customers', 'prices', 'subscriptions', 'charges']) {
    await owner.unsafe(`alter table ${table} add column not_yet_known text`);
  }
  await owner.end();
  await setting.setClock('2023-12-01T02:00:00Z');
  await setting.turns.run('ten_deploy', ['cus_deploy']);
  const [customer] = await inTenant(
    sql,
    'ten_deploy',
    (tx) => tx`select parked_at, parked_reason from customers`,
  );
  assert.deepEqual(customer, { parked_at: null, parked_reason: null });
  const invoices = await inTenant(sql, 'ten_deploy', (tx) => tx`select 1 from invoices`);
  assert.equal(invoices.length, 2);
});

test('a type of saved rows that gets or loses an attribute between two turns parks no customer', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_types', ['cus_types']);
  await setting.command('cus_types', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_types', ['cus_types']);
  const owner = connectDatabase({ url: database.adminUrl, max: 1 });
  const changes = {
    '2023-12-01T02:00:00Z': 'alter type saved_customer add attribute not_yet_known text',
    '2024-01-01T02:00:00Z': 'alter type saved_customer drop attribute not_yet_known',
  };
  for (const [at, change] of Object.entries(changes)) {
    await owner.unsafe(change);
    await setting.setClock(at);
    await assert.rejects(setting.turns.run('ten_types', ['cus_types']), { name: 'TransientError' });
    await setting.turns.run('ten_types', ['cus_types']);
  }
  await owner.end();
  const [customer] = await inTenant(sql, 'ten_types', (tx) => tx`select parked_at from customers`);
  assert.deepEqual({ ...customer }, { parked_at: null });
  const invoices = await inTenant(sql, 'ten_types', (tx) => tx`select 1 from invoices`);
  assert.equal(invoices.length, 3);
});

test('commands that this release cannot read are refused, and those beside them are answered', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_newer', ['cus_newer']);
  const unknown = await setting.command('cus_newer', 'subscription.pause', { until: '2024-01-01' });
  const unlike = await setting.command('cus_newer', 'subscription.create', { plan: { key: 'pro' } });
  const known = await setting.command('cus_newer', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_newer', ['cus_newer']);
  assert.equal((await setting.result(unknown))?.code, 'unknown_command');
  const { code, pointer } = (await setting.result(unlike)) as { code?: string; pointer?: string };
  assert.deepEqual({ code, pointer }, { code: 'invalid_payload', pointer: '/plan' });
  assert.equal((await setting.result(known))?.ok, true);
  const refused = setting.logged.filter((line) => line.includes('a command of another release was refused'));
  assert.deepEqual([refused.length, setting.logged.length], [2, 2]);
  const [customer] = await inTenant(sql, 'ten_newer', (tx) => tx`select parked_at from customers`);
  assert.deepEqual({ ...customer }, { parked_at: null });
});

test('a plan that is out of date ends its transaction, and the connection is clean for the next', async () => {
  const { sql } = database;
  const owner = connectDatabase({ url: database.adminUrl, max: 1 });
  await owner.unsafe('create table plans_of_old (n int); grant all on plans_of_old to public');
  const transaction = async () => {
    const own = await sql.reserve();
    const read = own`select * from plans_of_old where n > ${0}`;
    try {
      // Sent together, in this order.
      const flight = [own`begin`, read, own`select 1`];
      for (const one of await Promise.allSettled(flight)) if (one.status === 'rejected') throw one.reason;
      await own`commit`;
    } catch (error) {
      await own`rollback`;
      throw error;
    } finally {
      own.release();
    }
  };
  await transaction();
  await owner.unsafe('alter table plans_of_old add column more text');
  await owner.end();
  await assert.rejects(transaction(), (error) => faultOf(error) === 'transient');
  await transaction();
  assert.deepEqual([...(await sql`select n, more from plans_of_old`)], []);
});

for (const code of [
  '25006',
  '57P01',
  'EAI_AGAIN',
  'ECONNRESET',
  'ERR_SSL_BAD_RECORD_TYPE',
  'CONNECTION_CLOSED',
]) {
  test(`${code} passes by itself and is nobody's bug`, () => {
    assert.equal(faultOf(Object.assign(new Error('away'), { code })), 'transient');
  });
}
