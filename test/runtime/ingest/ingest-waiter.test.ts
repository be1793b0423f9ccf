// Requests that wait are answered when their events are counted, in order of the events, or let go when their time is over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { accepted, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const NEVER = new AbortController().signal;

test('waits of many requests end with the drain; one that is too short ends without an answer', async () => {
  const { sql } = database;
  const { ingest, drain, call } = await usageSetting(sql, 'ten_wait', { clock: systemClock() });
  const receipts = await Promise.all(
    [1, 2, 3].map((n) => accepted(ingest, 'ten_wait', [call(`own ${n}`, n), call('shared', 1)])),
  );
  const [first] = receipts;
  assert.ok(first);
  assert.equal(await ingest.wait(first, 30), undefined);
  const waits = receipts.map((receipt) => ingest.wait(receipt, 20_000));
  await drain.run(NEVER);
  const results = (await Promise.all(waits)).map((result) => result?.results ?? []);
  assert.deepEqual(
    results.map(([own]) => own),
    ['created', 'created', 'created'],
  );
  assert.equal(results.filter(([, shared]) => shared === 'created').length, 1);
  assert.equal(results.filter(([, shared]) => shared === 'duplicate').length, 2);
});

test('a receipt that names another tenant or events that are not there is not answered', async () => {
  const { sql } = database;
  const { ingest, drain, call } = await usageSetting(sql, 'ten_wall', { clock: systemClock() });
  const receipt = await accepted(ingest, 'ten_wall', [call('1', 1)]);
  await drain.run(NEVER);
  assert.equal(await ingest.wait({ ...receipt, tenantId: 'ten_wait' }, 40), undefined);
  assert.equal(await ingest.find('ten_wait', receipt.id), undefined);
  assert.equal(await ingest.find('ten_wall', receipt.id.replace(/1$/, '2')), undefined);
  assert.equal(await ingest.find('ten_wall', 'ing_999999_0_1'), undefined);
});

test('closing lets waiting requests go, after what was taken is durable', async () => {
  const { sql } = database;
  const { ingest, drain, call, results } = await usageSetting(sql, 'ten_close', { clock: systemClock() });
  const receipt = await accepted(ingest, 'ten_close', [call('1', 1)]);
  const wait = ingest.wait(receipt, 60_000);
  const late = ingest.accept('ten_close', [call('2', 1)]);
  await new Promise((resolve) => setImmediate(resolve));
  await ingest.close();
  assert.equal(await wait, undefined);
  assert.equal((await late).kind, 'accepted');
  await drain.run(NEVER);
  assert.deepEqual(await results(receipt), ['created']);
});
