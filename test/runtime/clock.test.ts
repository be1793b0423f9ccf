// The machine's clock keeps to microseconds, and its waits end early when they are told to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { manualClock } from '#test/support/manual-clock.ts';

test('the present has whole microseconds', () => {
  assert.equal(systemClock().wall().epochNanoseconds % 1000n, 0n);
});

test('monotonic time does not go back', () => {
  const clock = systemClock();
  assert.ok(clock.monotonicMs() <= clock.monotonicMs());
});

for (const [name, clock] of [
  ['system', systemClock()],
  ['manual', manualClock('2023-11-01T00:00:00Z')],
] as const) {
  test(`an aborted wait on the ${name} clock ends early, without an error`, async () => {
    const abort = new AbortController();
    const waiting = clock.sleep(3_600_000, abort.signal);
    abort.abort();
    await waiting;
    await clock.sleep(3_600_000, abort.signal);
  });
}

test('sleepers of a manual clock wake in the order of their times', async () => {
  const clock = manualClock('2023-11-01T00:00:00Z');
  const woken: string[] = [];
  const sleepThenSay = async (ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push(`${ms} at ${clock.monotonicMs()}`);
  };
  const all = Promise.all([sleepThenSay(30), sleepThenSay(10), sleepThenSay(50)]);
  await clock.advance(40);
  assert.deepEqual(woken, ['10 at 10', '30 at 30']);
  assert.equal(clock.sleeping(), 1);
  await clock.advance(10);
  await all;
});
