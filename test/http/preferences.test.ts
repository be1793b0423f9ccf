// How a caller says how it wants to be answered.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPreferences } from '#http/preferences.ts';

const read = (headers: Record<string, string>) => readPreferences(new Headers(headers));

describe('Prefer', () => {
  const cases: readonly (readonly [header: string, waitMs: number, respondAsync: boolean])[] = [
    ['', 10_000, false],
    ['wait=0', 0, false],
    ['wait=5', 5_000, false],
    ['wait=25', 25_000, false],
    ['wait=26', 25_000, false],
    ['wait=999999999', 25_000, false],
    ['Wait = "7"', 7_000, false],
    ['wait=3; foo=bar', 3_000, false],
    ['handling=lenient, wait=4', 4_000, false],
    ['wait=4, wait=9', 4_000, false],
    ['respond-async', 0, true],
    ['respond-async, wait=20', 0, true],
    ['return=minimal', 10_000, false],
  ];
  for (const [prefer, waitMs, respondAsync] of cases) {
    test(prefer || '(absent)', () => {
      const { idempotencyKey, ...rest } = read({ prefer }) as Record<string, unknown>;
      assert.equal(idempotencyKey, undefined);
      assert.deepEqual(rest, { ok: true, waitMs, respondAsync });
    });
  }

  for (const prefer of ['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=9999999999', 'wait=soon']) {
    test(`${prefer} is refused`, () => assert.equal(read({ prefer }).ok, false));
  }
});

test('an idempotency key is 1 to 255 visible characters', () => {
  for (const key of ['a', '!~', 'x'.repeat(255)]) {
    assert.partialDeepStrictEqual(read({ 'idempotency-key': key }), { ok: true, idempotencyKey: key });
  }
  for (const key of ['', 'a b', 'x'.repeat(256), 'ä'])
    assert.equal(read({ 'idempotency-key': key }).ok, false, key);
});
