// Rings on their way out: merged, bounded, never in the way of a caller whose queue is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobToAdd, RingQueue } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { createLane } from '#runtime/queues/lane.ts';
import {
  RING_MS_MAX,
  RING_PAUSE_MS,
  RINGS_PER_SEND_MAX,
  RINGS_WAITING_MAX,
} from '#runtime/queues/settings.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { quietLog } from '#test/support/queue-backends.ts';

const job = (mark: string): JobToAdd => ({ mark, payload: { tenant: 'ten_1', key: mark }, delayMs: 0 });

function queueOf(add: (jobs: readonly JobToAdd[]) => Promise<void>): RingQueue {
  return { add, waiting: async () => 7, wipe: async () => {}, close: async () => {} };
}

test('rings gathered during a send leave together, merged and in the order of their marks', async () => {
  const sent: string[][] = [];
  const first = Promise.withResolvers<void>();
  const lane = createLane({
    open: async () =>
      queueOf(async (jobs) => {
        sent.push(jobs.map(({ mark }) => mark));
        if (sent.length === 1) await first.promise;
      }),
    clock: manualClock('2026-01-01T00:00:00Z'),
    lost: () => assert.fail('nothing is lost'),
  });
  const all = [lane.send([job('x')]), lane.send([job('b'), job('a')]), lane.send([job('b')])];
  first.resolve();
  await Promise.all(all);
  assert.deepEqual(sent, [['x'], ['a', 'b']]);
});

test('a send holds at most so many rings', async () => {
  const sizes: number[] = [];
  const lane = createLane({
    open: async () => queueOf(async (jobs) => void sizes.push(jobs.length)),
    clock: manualClock('2026-01-01T00:00:00Z'),
    lost: () => assert.fail('nothing is lost'),
  });
  await lane.send(Array.from({ length: RINGS_PER_SEND_MAX + 1 }, (_, n) => job(String(n))));
  assert.deepEqual(sizes, [RINGS_PER_SEND_MAX, 1]);
});

test('a queue that hangs holds the first caller for a bounded time, the next ones not at all, and is asked again', async () => {
  const clock = manualClock('2026-01-01T00:00:00Z');
  const lost: number[] = [];
  let hangs = true;
  const added: string[] = [];
  const lane = createLane({
    open: async () =>
      queueOf((jobs) => {
        if (hangs) return new Promise(() => {});
        added.push(...jobs.map(({ mark }) => mark));
        return Promise.resolve();
      }),
    clock,
    lost: (count) => void lost.push(count),
  });
  const first = lane.send([job('a')]);
  await clock.advance(RING_MS_MAX);
  await first;
  await lane.send([job('b'), job('c')]);
  assert.deepEqual(lost, [1, 2]);
  hangs = false;
  await clock.advance(RING_PAUSE_MS);
  await lane.send([job('d')]);
  assert.deepEqual(added, ['d']);
});

test('more rings than may wait are dropped and counted', async () => {
  const lost: number[] = [];
  const lane = createLane({
    open: async () => queueOf(async () => {}),
    clock: manualClock('2026-01-01T00:00:00Z'),
    lost: (count) => void lost.push(count),
  });
  const first = lane.send([job('first')]);
  await Promise.all([
    first,
    lane.send(Array.from({ length: RINGS_WAITING_MAX + 3 }, (_, n) => job(String(n)))),
  ]);
  assert.deepEqual(lost, [3]);
});

test('a queue that could not be opened is opened anew', async () => {
  const clock = manualClock('2026-01-01T00:00:00Z');
  let opened = 0;
  const lost: string[] = [];
  const bell = createBell({
    backend: {
      openQueue: async () => {
        opened += 1;
        if (opened === 1) throw new Error('away');
        return queueOf(async () => {});
      },
    },
    clock,
    log: { ...quietLog(), warn: () => {} },
    lost: (queue, count) => void lost.push(`${queue} ${count}`),
  });
  await bell.ring([{ queue: 'collect', tenant: 'ten_1', key: 'inv_1' }]);
  await clock.advance(RING_PAUSE_MS);
  await bell.ring([{ queue: 'collect', tenant: 'ten_1', key: 'inv_1' }]);
  assert.deepEqual(lost, ['collect 1']);
  assert.equal(await bell.waiting('collect'), 7);
  assert.equal(opened, 2);
  await bell.close();
});
