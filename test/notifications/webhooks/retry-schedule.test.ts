// When a failed delivery is tried again, and what an endpoint may ask for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryAfterMs } from '#notifications/webhooks/retry-after.ts';
import { ATTEMPTS_MAX, restMs, retryDelayMs } from '#notifications/webhooks/retry-schedule.ts';

const HOUR = 3_600_000;
const plain = { chance: 0.5, overloaded: false, retryAfterMs: undefined };

/** Milliseconds from the first try to the last. */
function lengthOf(chance: number): number {
  let sum = 0;
  for (let attempts = 1; attempts < ATTEMPTS_MAX; attempts += 1) {
    sum += retryDelayMs(attempts, { ...plain, chance }) ?? Number.NaN;
  }
  return sum;
}

test('ten tries over at least three days, even when all jitter shortens', () => {
  assert.equal(ATTEMPTS_MAX, 10);
  assert.ok(lengthOf(0) >= 72 * HOUR);
  assert.ok(lengthOf(1) <= 120 * HOUR);
  assert.equal(retryDelayMs(ATTEMPTS_MAX, plain), undefined);
});

test('the first retry comes after five seconds, a fifth more or less', () => {
  assert.equal(retryDelayMs(1, plain), 5000);
  assert.equal(retryDelayMs(1, { ...plain, chance: 0 }), 4000);
  assert.equal(retryDelayMs(1, { ...plain, chance: 1 }), 6000);
});

test('an overloaded endpoint gets a minute at least', () => {
  assert.equal(retryDelayMs(1, { ...plain, overloaded: true }), 60_000);
  assert.equal(retryDelayMs(2, { ...plain, overloaded: true }), 300_000);
});

test('Retry-After lengthens the wait and never shortens it', () => {
  assert.equal(retryDelayMs(1, { ...plain, retryAfterMs: 120_000 }), 120_000);
  assert.equal(retryDelayMs(4, { ...plain, retryAfterMs: 1000 }), 2 * HOUR);
  assert.equal(retryDelayMs(1, { ...plain, retryAfterMs: 10 * 365 * 24 * HOUR }), HOUR);
  assert.equal(retryDelayMs(8, { ...plain, retryAfterMs: 10 * 365 * 24 * HOUR }), 48 * HOUR);
});

test('every wait is finite, whole and not below four fifths of its step', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: ATTEMPTS_MAX - 1 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.option(fc.nat({ max: 1e13 }), { nil: undefined }),
      (attempts, chance, asked) => {
        const delay = retryDelayMs(attempts, { chance, overloaded: false, retryAfterMs: asked });
        assert.ok(delay !== undefined && Number.isInteger(delay) && delay >= 4000 && delay <= 72 * HOUR);
      },
    ),
  );
});

test('an endpoint rests longer the longer it fails', () => {
  assert.equal(restMs(undefined, 0), 60_000);
  assert.equal(restMs(undefined, 2 * HOUR), 720_000);
  assert.equal(restMs(undefined, 100 * HOUR), HOUR);
  assert.equal(restMs(300_000, 0), 300_000);
  assert.equal(restMs(1e15, 0), HOUR);
});

test('Retry-After is read as seconds or as a date, and nothing else', () => {
  const now = Temporal.Instant.from('2026-02-03T04:05:06Z');
  assert.equal(retryAfterMs('120', now), 120_000);
  assert.equal(retryAfterMs(' 0 ', now), 0);
  assert.equal(retryAfterMs('Tue, 03 Feb 2026 04:06:06 GMT', now), 60_000);
  assert.equal(retryAfterMs('Tue, 03 Feb 2026 04:00:00 GMT', now), 0);
  const unreadable = [
    '',
    '-1',
    '1.5',
    'soon',
    '1e9',
    '99999999999',
    'Tue, 31 Feb 2026 04:06:06 GMT',
    '2026-02-03T04:06:06Z',
    'Tue, 03 Foo 2026 04:06:06 GMT',
  ];
  for (const text of [undefined, ...unreadable])
    assert.equal(retryAfterMs(text, now), undefined, String(text));
});
