// Requests of one breath share a row, tenants take turns, and a row the database refuses costs only its own request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, emptyBatch } from '#runtime/ingest/batch.ts';
import { createGroupCommit, type Flush, type Slice } from '#runtime/ingest/group-commit.ts';
import { parseReceipt, receiptOf } from '#runtime/ingest/receipt.ts';

const batch = (count: number): Batch => emptyBatch(count);
const order = (tenantId: string, count = 1, metersVersion = 'v1') => ({
  tenantId,
  metersVersion,
  batch: batch(count),
  trace: undefined,
});
const shape = ({ tenantId, batches }: Flush) => `${tenantId} ${batches.map((one) => one.count).join('+')}`;

/** A store whose commits the test lets through one by one. */
function heldStore() {
  const flushes: { flush: Flush; commit(id: string | undefined): void; fail(error: unknown): void }[] = [];
  const groups = createGroupCommit((flush) => {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    flushes.push({ flush, commit: resolve, fail: reject });
    return promise;
  });
  const add = (wanted: ReturnType<typeof order>): Promise<Slice | 'stale'> => {
    const added = groups.add(wanted);
    assert.ok(added);
    return added;
  };
  return { groups, add, flushes, seen: () => flushes.map((one) => shape(one.flush)) };
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('what arrives in one breath is one row, and each request gets its own part of it', async () => {
  const { add, flushes, seen } = heldStore();
  const sent = [add(order('a', 3)), add(order('a', 2))];
  await soon();
  assert.deepEqual(seen(), ['a 3+2']);
  flushes[0]?.commit('7');
  assert.deepEqual(await Promise.all(sent), [
    { inboxId: '7', from: 0, count: 3 },
    { inboxId: '7', from: 3, count: 2 },
  ]);
});

test('two flights at a time; rows stay below a thousand events; tenants take turns', async () => {
  const { groups, flushes, seen } = heldStore();
  for (const [tenant, count] of [
    ['a', 600],
    ['a', 500],
    ['a', 400],
    ['b', 1],
    ['c', 1],
  ] as const) {
    void groups.add(order(tenant, count));
  }
  await soon();
  assert.deepEqual(seen(), ['a 600', 'b 1']);
  flushes[1]?.commit('1');
  await soon();
  flushes[0]?.commit('2');
  await soon();
  assert.deepEqual(seen(), ['a 600', 'b 1', 'c 1', 'a 500+400']);
  let idle = false;
  const waiting = groups.idle().then(() => {
    idle = true;
  });
  flushes[2]?.commit('3');
  await soon();
  assert.equal(idle, false);
  flushes[3]?.commit('4');
  await waiting;
});

test('requests made with other meters are not mixed, and stale ones are told', async () => {
  const { groups, flushes, seen } = heldStore();
  const old = groups.add(order('a', 1, 'v1'));
  const fresh = groups.add(order('a', 2, 'v2'));
  await soon();
  assert.deepEqual(seen(), ['a 1', 'a 2']);
  flushes[0]?.commit(undefined);
  flushes[1]?.commit('9');
  assert.deepEqual([await old, await fresh], ['stale', { inboxId: '9', from: 0, count: 2 }]);
});

test('data that is refused is written request by request; any other fault is everyone’s', async () => {
  const { add, flushes, seen } = heldStore();
  const sent = [1, 2, 3].map((count) => add(order('a', count)));
  const outcomes = Promise.allSettled(sent);
  await soon();
  flushes[0]?.fail(Object.assign(new Error('numeric field overflow'), { code: '22003' }));
  await soon();
  flushes[1]?.commit('1');
  await soon();
  flushes[2]?.fail(Object.assign(new Error('numeric field overflow'), { code: '22003' }));
  await soon();
  flushes[3]?.commit('3');
  assert.deepEqual(seen(), ['a 1+2+3', 'a 1', 'a 2', 'a 3']);
  assert.deepEqual(
    (await outcomes).map((one) => one.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );

  const again = Promise.allSettled([add(order('a')), add(order('a'))]);
  await soon();
  flushes[4]?.fail(Object.assign(new Error('connection lost'), { code: 'CONNECTION_CLOSED' }));
  assert.deepEqual(
    (await again).map((one) => one.status),
    ['rejected', 'rejected'],
  );
});

test('no more events wait than can be held, and room comes back', async () => {
  const { groups, flushes } = heldStore();
  const sent = Array.from({ length: 20 }, () => groups.add(order('a', 1_000)));
  assert.equal(groups.add(order('a', 1)), undefined);
  await soon();
  flushes[0]?.commit('1');
  await sent[0];
  await soon();
  assert.notEqual(groups.add(order('a', 1_000)), undefined);
  assert.equal(groups.add(order('a', 1)), undefined);
});

test('a receipt is read back from its id, and nothing else is', () => {
  const receipt = receiptOf('ten_a', [
    { inboxId: '12', from: 0, count: 1_000 },
    { inboxId: '13', from: 5, count: 2 },
  ]);
  assert.equal(receipt.id, 'ing_12_0_1000_13_5_2');
  assert.deepEqual(parseReceipt('ten_a', receipt.id), receipt);
  for (const id of [
    'ing',
    'ing_1',
    'ing_1_2',
    'ing_1_2_x',
    'ing_-1_0_1',
    `ing_${'9'.repeat(19)}_0_1`,
    'cus_1_2_3',
    '',
  ]) {
    assert.equal(parseReceipt('ten_a', id), undefined, id);
  }
});
