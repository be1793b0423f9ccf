// What becomes of a job that throws: which faults are rung again, after how long, and that none is acknowledged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settling } from '#jobs/outcome.ts';
import { Fenced, TerminalError, TransientError } from '#runtime/errors.ts';
import { createMetrics } from '#runtime/metrics.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { Processor } from '#runtime/queues/workers.ts';

async function outcome(processor: Processor, { retries = 0, aborted = false } = {}) {
  const rings: Ring[] = [];
  const fates: unknown[] = [];
  const levels: string[] = [];
  const log = (level: string) => () => void levels.push(level);
  const settled = settling('advance', processor, {
    bell: { ring: async (more) => void rings.push(...more) },
    random: { bytes: (count) => new Uint8Array(count), number: () => 0.5 },
    log: {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      with: () => assert.fail(),
    },
    metrics: {
      queueJobs: { ...createMetrics().queueJobs, add: (_count, labels) => void fates.push(labels?.outcome) },
    },
  });
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  const job = { tenant: 'ten_1', key: 'cus_1', keys: ['cus_1', 'cus_2'], retries };
  const thrown = await settled(job, signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { thrown, rings, fate: fates.join(), levels };
}

const throwing =
  (error: Error): Processor =>
  () =>
    Promise.reject(error);
const ring = { queue: 'advance', tenant: 'ten_1', key: 'cus_1', keys: ['cus_1', 'cus_2'] };

test('work that ends well is counted and nothing else', async () => {
  assert.deepEqual(await outcome(async () => {}), { thrown: undefined, rings: [], fate: 'done', levels: [] });
});

test('a fault that passes is thrown and rung again, later each time, until the sweep is left to it', async () => {
  const fault = new TransientError('away');
  const delays: (number | undefined)[] = [];
  for (let retries = 0; retries < 5; retries += 1) {
    const { thrown, rings, fate } = await outcome(throwing(fault), { retries });
    assert.equal(thrown, fault);
    assert.equal(fate, 'retried');
    assert.deepEqual(rings, [{ ...ring, retry: { number: retries + 1, delayMs: rings[0]?.retry?.delayMs } }]);
    delays.push(rings[0]?.retry?.delayMs);
  }
  assert.deepEqual(delays, [200, 800, 3_200, 12_800, 30_000]);
  const last = await outcome(throwing(fault), { retries: 5 });
  assert.deepEqual([last.fate, last.rings], ['given_up', []]);
});

test('a lost connection and a deadlock pass; a broken rule and anything unknown are bugs', async () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  for (const code of ['40P01', '57P01', 'ECONNREFUSED', 'CONNECTION_CLOSED']) {
    assert.equal((await outcome(throwing(coded(code)))).fate, 'retried', code);
  }
  for (const error of [coded('23505'), new TypeError('x'), new TerminalError('y')]) {
    const { thrown, rings, fate, levels } = await outcome(throwing(error));
    assert.deepEqual([thrown, rings, fate, levels], [error, [], 'bug', ['error']]);
  }
});

test('a fenced job is thrown and left to the holder of the newer epoch', async () => {
  const fenced = new Fenced('epoch 2');
  const { thrown, rings, fate } = await outcome(throwing(fenced));
  assert.deepEqual([thrown, rings, fate], [fenced, [], 'fenced']);
});

test('work stopped by the end of its process goes on elsewhere at once', async () => {
  const thrown = await outcome(throwing(new Error('aborted')), { aborted: true });
  const ended = await outcome(async () => {}, { aborted: true });
  const again = [{ ...ring, retry: { number: 0, delayMs: 0 } }];
  assert.deepEqual([thrown.fate, thrown.rings], ['stopped', again]);
  assert.deepEqual([ended.fate, ended.rings], ['done', again]);
});
