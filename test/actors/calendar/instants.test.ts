// Instants compare, read and print as the language’s own do, however often they were seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareInstants,
  earlierOf,
  isDue,
  laterOf,
  readInstant,
  shortText,
} from '#actors/calendar/instants.ts';

const YEAR_1900_NS = -2_208_988_800_000_000_000n;
const YEAR_3000_NS = 32_503_680_000_000_000_000n;
const anyInstant = fc
  .bigInt({ min: YEAR_1900_NS, max: YEAR_3000_NS })
  .map((ns) => Temporal.Instant.fromEpochNanoseconds(ns));

test('order is that of time', () => {
  fc.assert(
    fc.property(anyInstant, anyInstant, (a, b) => {
      const order = Temporal.Instant.compare(a, b);
      assert.equal(compareInstants(a, b), order);
      assert.equal(laterOf(a, b), order >= 0 ? a : b);
      assert.equal(earlierOf(a, b), order <= 0 ? a : b);
      assert.equal(isDue(a, b), order <= 0);
      assert.equal(compareInstants(a, Temporal.Instant.from(a)), 0);
    }),
  );
  assert.equal(isDue(null, readInstant('2023-11-01T00:00:00Z')), false);
});

test('what is read and printed twice is the same', () => {
  fc.assert(
    fc.property(anyInstant, (instant) => {
      const text = instant.toString();
      assert.equal(shortText(instant), text);
      assert.equal(shortText(instant), text);
      assert.ok(readInstant(text).equals(instant));
      assert.ok(readInstant(text).equals(instant));
      assert.ok(readInstant(instant.toString({ timeZone: '+05:45' })).equals(instant));
    }),
    { numRuns: 15_000 },
  );
  assert.throws(() => readInstant('yesterday'), RangeError);
  assert.throws(() => readInstant('yesterday'), RangeError);
});
