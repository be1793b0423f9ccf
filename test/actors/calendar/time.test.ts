// One text form for instants, cut to microseconds, in which text order is time order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { businessTime, instantText, wallTime } from '#actors/calendar/time.ts';

test('an instant is printed in UTC with six decimals', () => {
  assert.equal(instantText(businessTime('2023-11-01T01:00:00+01:00')), '2023-11-01T00:00:00.000000Z');
});

test('nanoseconds are cut, also before 1970', () => {
  assert.equal(instantText(wallTime('2023-11-01T00:00:00.123456999Z')), '2023-11-01T00:00:00.123456Z');
  assert.equal(instantText(wallTime('1969-12-31T23:59:59.999999999Z')), '1969-12-31T23:59:59.999999Z');
});

test('text that is no instant is refused', () => {
  assert.throws(() => businessTime('2023-11-01'), RangeError);
});

test('text order is time order', () => {
  const instant = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_000n });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [one, two] = [wallTime(new Temporal.Instant(a)), wallTime(new Temporal.Instant(b))];
      const [left, right] = [instantText(one), instantText(two)];
      assert.equal(Math.sign(Temporal.Instant.compare(one, two)), left < right ? -1 : left > right ? 1 : 0);
    }),
  );
});
