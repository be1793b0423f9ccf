// Usage from the request to the rollups, on a real Postgres: counted once, whatever is repeated, raced or reordered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { accepted, counted, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const NEVER = new AbortController().signal;

test('a batch is durable, then counted, and each event is answered', async () => {
  const { sql } = database;
  const meters = [{ id: 'mtr_ten_basic', settings: { acceptsNegative: true } }];
  const { ingest, drain, rings, call } = await usageSetting(sql, 'ten_basic', { meters });
  const receipt = await accepted(ingest, 'ten_basic', [call('1', 5), call('2', '2.5'), call('3', -1)]);
  assert.match(receipt.id, /^ing_\d+_0_3$/);
  assert.deepEqual(await ingest.find('ten_basic', receipt.id), { status: 'pending' });
  assert.deepEqual(await counted(sql, 'ten_basic'), { count: '0', sum: '0' });
  assert.equal(rings[0]?.queue, 'ingest');

  assert.equal(await drain.run(NEVER), 3);
  const state = await ingest.find('ten_basic', receipt.id);
  assert.deepEqual(state?.status === 'done' && state.results, ['created', 'created', 'created']);
  assert.deepEqual(await counted(sql, 'ten_basic'), { count: '3', sum: '6.5' });
  assert.equal(await ingest.find('ten_other', receipt.id), undefined);
});

test('twenty parallel sends of one event count it once', async () => {
  const { sql } = database;
  const { ingest, drain, results, call } = await usageSetting(sql, 'ten_twenty');
  const receipts = await Promise.all(
    Array.from({ length: 20 }, () => accepted(ingest, 'ten_twenty', [call('same', 7)])),
  );
  await drain.run(NEVER);
  const all = (await Promise.all(receipts.map(results))).flat().sort();
  assert.deepEqual(all, ['created', ...Array.from({ length: 19 }, () => 'duplicate')]);
  assert.deepEqual(await counted(sql, 'ten_twenty'), { count: '1', sum: '7' });
});

test('within a batch the first of equal ids wins; another body is a conflict, another spelling a duplicate', async () => {
  const { sql } = database;
  const { count, call, outcomes } = await usageSetting(sql, 'ten_batch');
  const results = await count([
    call('1', 5, { properties: { n: 5, region: 'eu' } }),
    call('1', 5, { properties: { region: 'eu', n: '6' } }),
    call('1', 5, { properties: { region: 'eu', n: '5.0' } }),
    call('1', 5, { properties: { region: 'eu', n: 5.0 }, time: '2023-11-05T11:00:00+01:00' }),
    call('2', 1),
    call('1', 5, { source: 'other' }),
  ]);
  assert.deepEqual(results, ['created', 'conflict', 'duplicate', 'duplicate', 'created', 'created']);
  assert.deepEqual(await counted(sql, 'ten_batch'), { count: '3', sum: '11' });
  assert.deepEqual(outcomes, { created: 3, conflict: 1, duplicate: 2 });
});

test('batches in another order, and sent again, change nothing', async () => {
  const { sql } = database;
  const { count, call } = await usageSetting(sql, 'ten_again');
  const events = Array.from({ length: 50 }, (_, i) => call(`e${i}`, i));
  assert.deepEqual(new Set(await count(events)), new Set(['created']));
  assert.deepEqual(new Set(await count(events.toReversed())), new Set(['duplicate']));
  assert.deepEqual(await count([call('e1', 2), call('new', 1)]), ['conflict', 'created']);
  assert.deepEqual(await counted(sql, 'ten_again'), { count: '51', sum: '1226' });
});

test('an event without a time has the time it was received, and none in its hash', async () => {
  const { sql } = database;
  const { count, call } = await usageSetting(sql, 'ten_timeless');
  const event = call('1', 1, { time: undefined });
  assert.deepEqual(await count([event]), ['created']);
  assert.deepEqual(await count([event]), ['duplicate']);
  assert.deepEqual(await count([{ ...event, time: '2023-12-01T12:00:00Z' }]), ['conflict']);
});
