// The background check goes around all customers a part at a time, and says what differs without touching it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { instantText } from '#actors/calendar/time.ts';
import { inSystem } from '#db/scope.ts';
import { createRollupCheck } from '#runtime/rollup-check.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const START = Temporal.Instant.from('2023-11-05T10:00:00Z');

test('each part is looked at once in a round, and what differs is counted and logged', async () => {
  const { sql } = database;
  const logged: unknown[] = [];
  const counted = { agrees: 0, differs: 0 };
  const checkOf = (chance: number) =>
    createRollupCheck({
      sql,
      random: { number: () => chance },
      log: { error: (_message, fields) => void logged.push(fields) },
      metrics: {
        rollupHoursChecked: {
          add: (hours: number, { outcome = '' }: { outcome?: string } = {}) => {
            counted[outcome as keyof typeof counted] += hours;
          },
        },
      },
      limits: { sliceEvents: 3, events: 4, customers: 10 },
    });
  assert.deepEqual(await checkOf(0.5).once(), { hours: 0, differing: 0 });

  for (const tenant of ['ten_one', 'ten_two']) {
    const customers = [`cus_${tenant}_a`, `cus_${tenant}_b`];
    const { count, call } = await usageSetting(sql, tenant, { customers });
    const events = customers.flatMap((customer) =>
      Array.from({ length: 8 }, (_, at) =>
        call(`${customer} ${at}`, 1, { customer, time: instantText(START.add({ minutes: 30 * at })) }),
      ),
    );
    await count(events);
  }
  // Four customers of four hours with two facts each: 16 hours in all.
  const check = checkOf(0);
  const round = async () => {
    let [hours, differing] = [0, 0];
    for (let parts = 0; parts < 10; parts += 1) {
      const looked = await check.once();
      assert.ok(looked.hours <= 4, 'a part is bounded');
      hours += looked.hours;
      differing += looked.differing;
      if (hours === 16) break;
    }
    return { hours, differing };
  };
  assert.deepEqual(await round(), { hours: 16, differing: 0 });
  assert.deepEqual(counted, { agrees: 16, differs: 0 });
  assert.deepEqual(logged, []);
  // Behind the last customer is the first.
  await check.once();

  await inSystem(
    sql,
    (tx) => tx`update usage_rollups set sum_value = 7
      where customer_id = 'cus_ten_two_a' and bucket = '2023-11-05T12:00:00Z'`,
  );
  await inSystem(
    sql,
    (tx) =>
      tx`delete from usage_rollups where customer_id = 'cus_ten_one_b' and bucket = '2023-11-05T13:00:00Z'`,
  );
  const before = { ...counted };
  assert.deepEqual(await round(), { hours: 16, differing: 2 });
  assert.deepEqual([counted.agrees - before.agrees, counted.differs], [14, 2]);
  assert.deepEqual(
    (logged as { tenant: string; customer: string; differences: { hour: string }[] }[]).map(
      ({ tenant, customer, differences }) => [tenant, customer, differences.map(({ hour }) => hour)],
    ),
    [
      ['ten_one', 'cus_ten_one_b', ['2023-11-05T13:00:00.000000Z']],
      ['ten_two', 'cus_ten_two_a', ['2023-11-05T12:00:00.000000Z']],
    ],
  );
});
