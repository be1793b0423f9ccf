// The work of whoever is killed goes on within the 15 seconds that are promised, wherever it was: at each crash point, in the story's
// own time and with production's own pace. What one story cannot show, several unlucky waits in a row, is added up.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CRASH_POINTS, type CrashPoint } from '#runtime/crash-points.ts';
import { CLAIM_MS, RENEW_MS } from '#runtime/holding.ts';
import { LOCK_MS, STALLED_CHECK_MS } from '#runtime/queues/settings.ts';
import { SWEEP_JITTER } from '#runtime/sweep-loop.ts';
import { SWEEP } from '#runtime/sweep-settings.ts';
import { resume, tell } from './telling.ts';

const PROMISED_MS = 15_000;
/** The story's platform starts a process in one second. A real one may need this much more. */
const SLOW_START_MS = 3_000;
const IN_TIME_MS = PROMISED_MS - SLOW_START_MS;
/** As much as a start allows two machines to differ, each by two seconds. */
const SKEW_MS = 4_000;

test('the waits that one kill can put in a row add up to less than is promised', () => {
  const sweepMs = SWEEP.everyMs * (1 + SWEEP_JITTER);
  const foundMs = SWEEP.settleMs + sweepMs;
  const sums = {
    'claimed, then every ring of what follows waits behind a dead job': CLAIM_MS + sweepMs + 2 * foundMs,
    'its ring was lost after the sweep had marked it': foundMs + SWEEP.againAfterMs + sweepMs,
    'its ring waits behind a dead job of the sweep': foundMs + SWEEP.windowMs + sweepMs,
    'a job is free again': LOCK_MS + 2 * STALLED_CHECK_MS,
  };
  for (const [what, ms] of Object.entries(sums)) assert.ok(ms <= IN_TIME_MS, `${what}: ${ms} ms`);
  assert.ok(RENEW_MS < CLAIM_MS - SKEW_MS, 'a living one loses its claim to a clock');
});

/** Where something is held or has just been written down; elsewhere it is the same whether the step was made. */
const LEAVES_TRACES = /\.(claim|commit|ring|call|post|send|record)$/;

function sidesOf(point: CrashPoint): ('before' | 'after')[] {
  return LEAVES_TRACES.test(point) ? ['before', 'after'] : ['before'];
}

const { steps } = await tell();

/** Tellings at a time: while one waits for the database, another decides. */
describe('work goes on in time after a crash', { concurrency: 2 }, () => {
  for (const step of CRASH_POINTS.flatMap((point) => steps.find((one) => one.point === point) ?? [])) {
    for (const side of sidesOf(step.point)) {
      test(`${side} ${step.point}, ${step.nth} in ${step.stage}`, async () => {
        const ms = await resume({ ...step, side });
        assert.ok(ms <= IN_TIME_MS, `after ${ms} ms`);
      });
    }
  }
});
