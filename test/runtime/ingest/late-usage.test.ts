// Usage for periods that are closed: it is counted, the customer's actor is told, and sealed charges are not billed again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant, type Sql } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT } from '#test/support/seeds.ts';
import { counted, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const CLOSED = '2023-11-05T10:30:00Z';

async function closeThrough(sql: Sql, tenantId: string, at: string): Promise<void> {
  await inTenant(sql, tenantId, (tx) => tx`update customers set closed_through = ${at}`);
}

async function seedCharge(
  sql: Sql,
  tenantId: string,
  charge: { status: string; lateCheckAt?: string },
): Promise<void> {
  const { status, lateCheckAt = null } = charge;
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`
      insert into charges (id, tenant_id, customer_id, origin, kind, settlement_mode, status, currency, meter_id,
        service_start, service_end, billed_at, advance_at, late_check_at, created_at, updated_at)
      values (${`chg_${tenantId}`}, ${tenantId}, ${`cus_${tenantId}`}, 'item', 'usage_based', 'credit_then_invoice', ${status},
        'USD', ${`mtr_${tenantId}`}, '2023-11-01', '2023-11-06', '2023-11-06', ${status === 'final' ? null : '2023-11-06'},
        ${lateCheckAt}, ${SEEDED_AT}, ${SEEDED_AT})`,
  );
}

async function staleBuckets(sql: Sql, tenantId: string): Promise<string[]> {
  const rows = await inTenant(
    sql,
    tenantId,
    (tx) =>
      tx<{ bucket: string }[]>`select bucket from stale_usage where tenant_id = ${tenantId} order by bucket`,
  );
  return rows.map((row) => row.bucket);
}

test('usage before the closed-through mark names its hours once and rings the customer', async () => {
  const { sql } = database;
  const { count, call, rings } = await usageSetting(sql, 'ten_late');
  await seedCharge(sql, 'ten_late', { status: 'final', lateCheckAt: '2023-12-10' });
  assert.deepEqual(await count([call('on time', 1)]), ['created']);
  assert.deepEqual(await staleBuckets(sql, 'ten_late'), []);

  await closeThrough(sql, 'ten_late', CLOSED);
  rings.length = 0;
  const results = await count([
    call('1', 1, { time: '2023-11-05T09:59:59.999999Z' }),
    call('2', 1, { time: '2023-11-05T09:00:00Z' }),
    call('3', 1, { time: '2023-11-05T10:29:59.999999Z' }),
    call('4', 1, { time: '2023-11-05T10:30:00Z' }),
  ]);
  assert.deepEqual(results, ['created', 'created', 'created', 'created']);
  assert.deepEqual(await staleBuckets(sql, 'ten_late'), [
    '2023-11-05T09:00:00.000000Z',
    '2023-11-05T10:00:00.000000Z',
  ]);
  const advance = rings.filter((ring) => ring.queue === 'advance');
  assert.deepEqual(advance, [{ queue: 'advance', tenant: 'ten_late', key: 'cus_ten_late' }]);

  rings.length = 0;
  assert.deepEqual(await count([call('1', 1, { time: '2023-11-05T09:59:59.999999Z' })]), ['duplicate']);
  assert.deepEqual(
    rings.filter((ring) => ring.queue === 'advance'),
    [],
  );
});

for (const [name, charge, expected] of [
  ['open', { status: 'active' }, 'created'],
  ['final and still looked after', { status: 'final', lateCheckAt: '2023-12-10' }, 'created'],
  ['sealed', { status: 'final' }, 'accepted_unbilled'],
] as const) {
  test(`late usage of a charge that is ${name} is ${expected}, and stored`, async () => {
    const { sql } = database;
    const tenant = `ten_${name.replaceAll(' ', '_')}`;
    const { count, call } = await usageSetting(sql, tenant);
    await seedCharge(sql, tenant, charge);
    await closeThrough(sql, tenant, '2023-11-06T00:00:00Z');
    assert.deepEqual(await count([call('1', 3), call('2', 4, { time: '2023-11-07T00:00:00Z' })]), [
      expected,
      'created',
    ]);
    assert.deepEqual(await counted(sql, tenant), { count: '2', sum: '7' });
  });
}
