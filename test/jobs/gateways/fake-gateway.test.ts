// The fake gateway as the jobs rely on it: a key is charged once, its answer never changes, its parameters are its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { createFakeGateway } from '#jobs/gateways/fake-gateway.ts';
import type { Gateway } from '#jobs/gateways/gateway.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

let database: TestDatabase;
let gateway: Gateway;
const signal = new AbortController().signal;
const request = (key: string, token: string) => ({
  key,
  token,
  amount: 1_000n,
  currency: 'USD',
  metadata: {},
});
const kinds = async (token: string, ...keys: string[]) => {
  const answers: string[] = [];
  for (const key of keys) answers.push((await gateway.charge(request(key, token), signal)).kind);
  return answers;
};

before(async () => {
  database = await testDatabase();
  gateway = createFakeGateway({ sql: database.sql });
});
after(() => database.close());

test('the token chooses the behaviour', async () => {
  assert.deepEqual(await kinds('tok_ok_1', 'a1', 'a1', 'a2'), ['succeeded', 'succeeded', 'succeeded']);
  assert.deepEqual(await kinds('tok_decline', 'b1', 'b1', 'b2'), ['declined', 'declined', 'declined']);
  assert.deepEqual(await kinds('tok_decline_once', 'c1', 'c1', 'c2', 'c3'), [
    'declined',
    'declined',
    'succeeded',
    'succeeded',
  ]);
  assert.deepEqual(await kinds('tok_unknown_once', 'd1', 'd1', 'd1'), ['unknown', 'succeeded', 'succeeded']);
  assert.deepEqual(await kinds('tok_unknown_before', 'e1', 'e1', 'e1'), [
    'unknown',
    'succeeded',
    'succeeded',
  ]);
  assert.deepEqual(await kinds('tok_down', 'f1', 'f1'), ['unknown', 'unknown']);
  assert.deepEqual(await kinds('4242', 'g1'), ['declined']);
});

test('many calls with one key at once are one charge', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => gateway.charge(request('once', 'tok_ok_2'), signal)),
  );
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  const [row] = await database.sql`select calls from fake_gateway.charges where provider_key = 'once'`;
  assert.equal(row?.['calls'], 8);
});

test('a key with other parameters is an error and moves nothing', async () => {
  await gateway.charge(request('k1', 'tok_ok_3'), signal);
  await assert.rejects(
    gateway.charge({ ...request('k1', 'tok_ok_3'), amount: 999n }, signal),
    /other parameters/,
  );
  await assert.rejects(
    gateway.charge({ ...request('k1', 'tok_ok_3'), currency: 'EUR' }, signal),
    /other parameters/,
  );
  await assert.rejects(gateway.charge(request('k1', 'tok_ok_4'), signal), /other parameters/);
});

test('a lookup knows what became of a key, also from another process', async () => {
  await kinds('tok_unknown_once_2', 'h1');
  await kinds('tok_unknown_before_2', 'i1');
  await kinds('tok_decline_2', 'j1');
  const elsewhere = connectDatabase({ url: database.url, max: 1 });
  const other = createFakeGateway({ sql: elsewhere });
  assert.deepEqual(await other.lookup('h1', signal), { kind: 'succeeded', reference: 'ch_h1' });
  assert.equal((await other.lookup('i1', signal)).kind, 'absent');
  assert.equal((await other.lookup('j1', signal)).kind, 'declined');
  assert.equal((await other.lookup('never', signal)).kind, 'absent');
  await elsewhere.end();
});
