// Two drains at once, and drains that are cut off: every event is counted once, and nothing in the inbox is lost.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inSystem, inTenant } from '#db/scope.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { holdUntilReleased, stopDrainBeforeCommit, untilWaiting } from '#test/support/named-stops.ts';
import { accepted, counted, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

const DRAIN_CHILD = join(import.meta.dirname, '../../support/drain-child.ts');
const compareTexts = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));
const NEVER = new AbortController().signal;

test('the second of two drains sees what the first committed while it waited, and tells duplicate from conflict', async () => {
  const { sql, url } = database;
  const { ingest, drain, results, call } = await usageSetting(sql, 'ten_race');
  const first = await accepted(ingest, 'ten_race', [call('a', 1), call('b', 2), call('c', 3)]);
  const stop = await stopDrainBeforeCommit(url, first.slices[0]?.inboxId ?? '');
  const firstDrain = drain.run(NEVER);
  await untilWaiting(sql, 1);

  const second = await accepted(ingest, 'ten_race', [call('d', 4), call('b', 9), call('a', 1)]);
  const secondDrain = drain.run(NEVER);
  await untilWaiting(sql, 2);
  await stop.release();
  await Promise.all([firstDrain, secondDrain]);

  assert.deepEqual(await results(first), ['created', 'created', 'created']);
  assert.deepEqual(await results(second), ['created', 'conflict', 'duplicate']);
  assert.deepEqual(await counted(sql, 'ten_race'), { count: '4', sum: '10' });
});

test('a drain killed before its commit leaves the inbox as it was, and whoever waits for it counts', async () => {
  const { sql, url } = database;
  const { ingest, drain, results, call } = await usageSetting(sql, 'ten_fail');
  const first = await accepted(ingest, 'ten_fail', [call('a', 1), call('b', 2)]);
  const stop = await stopDrainBeforeCommit(url, first.slices[0]?.inboxId ?? '');
  const child = fork(DRAIN_CHILD, { env: { ...process.env, DATABASE_URL: url } });
  const gone = once(child, 'exit');
  await untilWaiting(sql, 1);
  const second = await accepted(ingest, 'ten_fail', [call('b', 2)]);
  const secondDrain = drain.run(NEVER);
  await untilWaiting(sql, 2);

  child.kill('SIGKILL');
  await gone;
  await stop.release();
  await secondDrain;
  await drain.run(NEVER);
  assert.deepEqual([(await results(second))[0], (await results(first))[1]].toSorted(compareTexts), [
    'created',
    'duplicate',
  ]);
  assert.deepEqual(await counted(sql, 'ten_fail'), { count: '2', sum: '3' });
});

test('many drains over shuffled repetitions count each event once, without a deadlock', async () => {
  const { sql } = database;
  const { ingest, drain, call } = await usageSetting(sql, 'ten_many');
  const ids = Array.from({ length: 300 }, (_, i) => i);
  const shuffled = (step: number) => ids.map((i) => (i * step + 7) % 300);
  const send = [1, 7, 11, 13, 17, 19, 23, 29].map((step) =>
    accepted(
      ingest,
      'ten_many',
      shuffled(step).map((i) =>
        call(`e${i}`, i, { time: `2023-11-05T${String(i % 24).padStart(2, '0')}:00:00Z` }),
      ),
    ),
  );
  const drains: Promise<number>[] = [];
  for (const sent of send) {
    await sent;
    drains.push(drain.run(NEVER), drain.run(NEVER));
  }
  await Promise.all(drains);
  await drain.run(NEVER);
  assert.deepEqual(await counted(sql, 'ten_many'), { count: '300', sum: '44850' });
  const { differences } = await inTenant(sql, 'ten_many', (tx) => recountRollups(tx, 'ten_many'));
  assert.equal(differences.length, 0);
});

test('a drain that waits for the mark of an hour does not hold the hour, so that corrections cannot wait for it', async () => {
  const { sql, url } = database;
  const { count, ingest, drain, call } = await usageSetting(sql, 'ten_order');
  await count([call('in time', 1)]);
  await inTenant(sql, 'ten_order', async (tx) => {
    await tx`update customers set closed_through = '2023-11-06'`;
    await tx`insert into stale_usage (tenant_id, customer_id, meter_id, bucket, marked_at)
      values ('ten_order', 'cus_ten_order', 'mtr_ten_order', '2023-11-05T10:00:00Z', '2023-11-06')`;
  });
  const stop = await holdUntilReleased(url, (tx) => tx`select 1 from stale_usage for update`);
  await accepted(ingest, 'ten_order', [call('late', 2)]);
  const drained = drain.run(NEVER);
  await untilWaiting(sql, 1);
  const free = await inTenant(
    sql,
    'ten_order',
    (tx) => tx`select 1 from usage_rollups for update skip locked`,
  );
  await stop.release();
  await drained;
  assert.equal(free.length, 1);
  assert.deepEqual(await counted(sql, 'ten_order'), { count: '2', sum: '3' });
});

test('a row the database refuses is set aside, and the others are counted', async () => {
  const { sql } = database;
  const { ingest, drain, results, call } = await usageSetting(sql, 'ten_broken');
  const before = await accepted(ingest, 'ten_broken', [call('a', 1)]);
  const broken = await accepted(ingest, 'ten_broken', [call('b', 2)]);
  const afterwards = await accepted(ingest, 'ten_broken', [call('c', 4)]);
  const brokenId = broken.slices[0]?.inboxId ?? '';
  await inSystem(sql, (tx) => tx`update usage_inbox set fact_values = '{1e45}' where id = ${brokenId}`);

  assert.equal(await drain.run(NEVER), 2);
  assert.deepEqual(await results(before), ['created']);
  assert.deepEqual(await results(afterwards), ['created']);
  assert.deepEqual(await ingest.find('ten_broken', broken.id), { status: 'pending' });
  const [row] = await inSystem(
    sql,
    (tx) => tx<{ failure: string }[]>`select failure from usage_inbox where failed_at is not null`,
  );
  assert.match(row?.failure ?? '', /meter_events/);
});
