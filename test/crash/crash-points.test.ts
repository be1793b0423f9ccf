// Every crash point, one by one: the story is told with a process that dies before, and with one that dies after, the first step
// at each point. Whoever starts next comes to the same books, and nothing is charged, told or counted twice.
// ACCRUE_TEST_CRASH=every does so at every step of the story, not only at the first of each point.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CRASH_POINTS } from '#runtime/crash-points.ts';
import { differences } from './books.ts';
import { type Step, tell } from './telling.ts';

const whole = await tell();

test('the story without a crash is told in full, comes to every point, and its books are sound', () => {
  assert.deepEqual(whole.sick, []);
  const { invoices = [], charges = [], webhooks = [], events, mails = [] } = whole.books;
  assert.equal(invoices.length, 6);
  assert.equal(charges.length, 7);
  assert.deepEqual(webhooks, events);
  assert.equal(mails.length, 13);
  const reached = new Set(whole.steps.map(({ point }) => point));
  assert.deepEqual(
    CRASH_POINTS.filter((point) => !reached.has(point)),
    [],
  );
});

function stepsToDieAt(): readonly Step[] {
  if (process.env['ACCRUE_TEST_CRASH'] === 'every') return whole.steps;
  return CRASH_POINTS.flatMap((point) => whole.steps.find((step) => step.point === point) ?? []);
}

/** Tellings at a time: while one waits for the database, another decides. */
const LANES = 4;

describe('a crash', { concurrency: LANES }, () => {
  for (const step of stepsToDieAt()) {
    for (const side of ['before', 'after'] as const) {
      test(`${side} ${step.point}, ${step.nth} in ${step.stage}`, async () => {
        const ending = await tell({ ...step, side });
        assert.ok(ending.crashed);
        assert.deepEqual(ending.sick, []);
        assert.deepEqual(differences(whole.books, ending.books), []);
      });
    }
  }
});
