// Rings that wait share a turn; whoever finds nothing running has one at once; a fault stays with its customer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { sharedTurns } from '#runtime/turn/shared-turns.ts';

type Call = { tenant: string; ids: readonly string[]; end: PromiseWithResolvers<void> };

/** Turns that last until the test ends them. */
function turnsByHand(): { calls: Call[]; turns: ReturnType<typeof sharedTurns> } {
  const calls: Call[] = [];
  const call = (tenant: string, ids: readonly string[]): Promise<void> => {
    const end = Promise.withResolvers<void>();
    calls.push({ tenant, ids, end });
    return end.promise;
  };
  return { calls, turns: sharedTurns({ together: call, alone: (tenant, id) => call(tenant, [id]) }) };
}

const idsOf = (calls: readonly Call[]): readonly (readonly string[])[] => calls.map(({ ids }) => ids);

/** Keeps three transactions busy, so that what comes next waits until it fills one. */
async function busy(): Promise<ReturnType<typeof turnsByHand>> {
  const hand = turnsByHand();
  for (const id of ['a', 'b', 'c']) {
    void hand.turns.run('ten', id);
    await tick();
  }
  assert.deepEqual(idsOf(hand.calls), [['a'], ['b'], ['c']]);
  return hand;
}

test('a ring that finds room is answered at once and alone; those of one moment share', async () => {
  const { calls, turns } = turnsByHand();
  const first = turns.run('ten', 'a');
  await tick();
  assert.deepEqual(idsOf(calls), [['a']]);
  void turns.run('ten', 'b');
  void turns.run('ten', 'c');
  await tick();
  assert.deepEqual(idsOf(calls), [['a'], ['b', 'c']]);
  calls[0]?.end.resolve();
  await first;
});

test('what waits shares the next turn, fifty at most, and a ring during a turn has one after it', async () => {
  const { calls, turns } = await busy();
  const later = Array.from({ length: 60 }, (_, index) => turns.run('ten', `w${index}`));
  const again = turns.run('ten', 'a');
  await tick();
  assert.equal(calls[3]?.ids.length, 50);
  assert.equal(calls.length, 4);
  calls[0]?.end.resolve();
  await tick();
  assert.deepEqual(calls[4]?.ids.slice(-2), ['w59', 'a']);
  for (const call of calls) call.end.resolve();
  await Promise.all([...later, again]);
  assert.equal(calls.length, 5);
});

test('two rings of one customer that wait are answered by one turn', async () => {
  const { calls, turns } = await busy();
  const both = [turns.run('ten', 'd'), turns.run('ten', 'd')];
  for (const call of calls) call.end.resolve();
  await tick();
  assert.deepEqual(calls[3]?.ids, ['d']);
  calls[3]?.end.resolve();
  await Promise.all(both);
});

test('tenants take turns, whatever one of them has waiting, and never share a transaction', async () => {
  const { calls, turns } = await busy();
  for (let index = 0; index < 120; index += 1) void turns.run('large', `l${index}`);
  void turns.run('small', 's');
  await tick();
  for (const next of [0, 1, 2]) {
    calls[next]?.end.resolve();
    await tick();
  }
  assert.deepEqual(
    calls.slice(3).map(({ tenant, ids }) => [tenant, ids.length]),
    [
      ['large', 50],
      ['small', 1],
      ['large', 50],
      ['large', 20],
    ],
  );
});

test('a shared turn that fails is run one by one, and only the customer at fault is told', async () => {
  const { calls, turns } = await busy();
  const good = turns.run('ten', 'good');
  const bad = turns.run('ten', 'bad');
  const told = assert.rejects(bad, /its own fault/);
  for (const call of calls) call.end.resolve();
  await tick();
  calls[3]?.end.reject(new Error('one of them'));
  await tick();
  assert.deepEqual(idsOf(calls.slice(3)), [['good', 'bad'], ['good']]);
  calls[4]?.end.resolve();
  await good;
  await tick();
  calls[5]?.end.reject(new Error('its own fault'));
  await told;
  const next = turns.run('ten', 'next');
  await tick();
  calls[6]?.end.resolve();
  await next;
});
