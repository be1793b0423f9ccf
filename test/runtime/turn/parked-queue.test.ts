// A parked customer whose clients go on sending: however many commands wait, its release is heard and they are answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COMMANDS_MAX } from '#db/customer-tables.ts';
import { inTenant } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, setParked } from '#test/support/seeds.ts';
import { turnSetting } from '#test/support/turns.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 4 });
});
after(() => database.close());

test('a release is answered although more commands wait before it than one turn reads', async () => {
  const { sql } = database;
  const setting = await turnSetting(sql, 'ten_queue', ['cus_queue']);
  await setParked(sql, 'ten_queue', 'cus_queue', true);
  await inTenant(
    sql,
    'ten_queue',
    (tx) => tx`
      insert into commands (id, tenant_id, customer_id, type, payload, payload_hash, status, created_at)
      select 'cmd_' || n, 'ten_queue', 'cus_queue', 'invoice.pay', '{"invoiceId": "inv_none"}', decode(repeat('00', 32), 'hex'), 'queued',
        ${SEEDED_AT} from generate_series(1, ${COMMANDS_MAX}::integer) n`,
  );
  const release = await setting.command('cus_queue', 'customer.release', {});
  await setting.turns.run('ten_queue', ['cus_queue']);
  assert.deepEqual((await setting.result(release))?.ok, true);
  const rung = setting.rings.some(({ queue, key }) => queue === 'advance' && key === 'cus_queue');
  assert.ok(rung, 'nobody was told of those that waited');
  await setting.turns.run('ten_queue', ['cus_queue']);
  const queued = await inTenant(sql, 'ten_queue', (tx) => tx`select 1 from commands where status = 'queued'`);
  assert.equal(queued.length, 0);
});
