// When a cron schedule comes next, from a given present.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '#actors/calendar/time.ts';
import { isSchedule, untilNext } from '#runtime/schedule.ts';

test('the next time of a schedule is counted from the present that is given', () => {
  const minutes = 60_000;
  assert.equal(untilNext('17 * * * *', wallTime('2026-02-28T23:10:00Z')), 7 * minutes);
  assert.equal(untilNext('17 * * * *', wallTime('2026-02-28T23:17:00Z')), 60 * minutes);
  assert.equal(untilNext('0 3 1 * *', wallTime('2026-02-28T23:00:00Z')), 4 * 60 * minutes);
});

test('only five fields that a calendar can hold are a schedule', () => {
  for (const good of ['17 * * * *', '0 3 * * 1-5', '*/5 0 1 1 *']) assert.ok(isSchedule(good), good);
  for (const bad of ['', 'hourly', '61 * * * *', '* * * *', '0 0 0 * * *', '@hourly'])
    assert.ok(!isSchedule(bad), bad);
});
