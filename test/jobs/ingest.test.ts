// The ingest job goes on while there is usage, rests between its looks, and ends at a look that finds none or at the signal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingestProcessor } from '#jobs/ingest.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const JOB = { tenant: '*', key: '0', retries: 0 };

function setting(found: readonly number[]) {
  const clock = manualClock('2023-12-01T00:00:00Z');
  let looks = 0;
  const drain = { run: async () => found[looks++] ?? 0 };
  return { clock, processor: ingestProcessor({ drain, clock }), looks: () => looks };
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one look that finds nothing ends the job at once', async () => {
  const { processor, looks } = setting([0]);
  await processor(JOB, new AbortController().signal);
  assert.equal(looks(), 1);
});

test('after usage was found there is a rest and another look', async () => {
  const { processor, clock, looks } = setting([5, 1, 0]);
  const job = processor(JOB, new AbortController().signal);
  await soon();
  assert.equal(looks(), 1);
  await clock.advance(1_000);
  await job;
  assert.equal(looks(), 3);
});

test('an abort ends the rest and the job', async () => {
  const { processor, looks } = setting([5, 5, 5]);
  const abort = new AbortController();
  const job = processor(JOB, abort.signal);
  await soon();
  abort.abort();
  await job;
  assert.ok(looks() <= 2);
});
