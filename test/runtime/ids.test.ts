// Ids sort by time, never repeat within a process, and survive a clock that steps back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wallTime } from '#actors/calendar/time.ts';
import { madeAt } from '#db/id-time.ts';
import { createIds } from '#runtime/ids.ts';
import { systemRandom } from '#runtime/random.ts';
import { manualClock } from '#test/support/manual-clock.ts';

test('an id is its prefix and sixteen characters of Crockford base 32', () => {
  const ids = createIds({ clock: manualClock('2023-11-01T00:00:00Z'), random: systemRandom() });
  assert.match(ids('cus'), /^cus_[0-9a-hjkmnp-tv-z]{16}$/);
});

test('the time part of a known instant', () => {
  const ids = createIds({
    clock: manualClock('1970-01-01T00:00:01.024Z'),
    random: { bytes: (n) => new Uint8Array(n), number: () => 0 },
  });
  assert.equal(ids('x'), 'x_0000001000000000');
  assert.equal(ids('x'), 'x_0000001000000001');
});

test('an id says when it was made', () => {
  const clock = manualClock('2023-11-01T00:00:00.123Z');
  const ids = createIds({ clock, random: systemRandom() });
  assert.equal(String(madeAt(ids('run'))), '2023-11-01T00:00:00.123Z');
  assert.throws(() => madeAt('run_short'), RangeError);
  assert.throws(() => madeAt('1m7zgjp338xgr25e0d'), RangeError);
});

test('ids strictly increase, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 60 }), (steps) => {
      let at = 0;
      const base = wallTime('2023-11-01T00:00:00Z');
      const clock = {
        ...manualClock('2023-11-01T00:00:00Z'),
        wall: () => wallTime(base.add({ milliseconds: at })),
      };
      // The largest tail first: the second id of a millisecond has to carry into the next one.
      const ids = createIds({
        clock,
        random: { bytes: (n) => new Uint8Array(n).fill(255), number: () => 0 },
      });
      const made = steps.map((step) => {
        at += step - 2;
        return ids('evt');
      });
      assert.deepEqual(made, [...new Set(made)].sort());
    }),
  );
});
