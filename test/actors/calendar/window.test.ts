// Proves the windows of a zone's calendar, also where clocks change, days are skipped and offsets are odd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { period } from '#actors/calendar/period.ts';
import { WINDOW_UNITS, type WindowUnit, windowAt, windowsOver } from '#actors/calendar/window.ts';

const at = (text: string) => Temporal.Instant.from(text);
const window = (instant: string, unit: WindowUnit, zone: string) => {
  const { start, end } = windowAt(at(instant), unit, zone);
  return [start.toString(), end.toString()];
};

test('each unit begins where the calendar says', () => {
  const starts = WINDOW_UNITS.map((unit) => window('2024-11-13T14:37:12.5Z', unit, 'UTC')[0]);
  assert.deepEqual(starts, [
    '2024-11-13T14:37:00Z',
    '2024-11-13T14:00:00Z',
    '2024-11-13T00:00:00Z',
    '2024-11-11T00:00:00Z',
    '2024-11-01T00:00:00Z',
    '2024-10-01T00:00:00Z',
    '2024-07-01T00:00:00Z',
    '2024-01-01T00:00:00Z',
  ]);
});

test('hours follow the local clock in zones with odd offsets', () => {
  assert.deepEqual(window('2026-08-13T14:37Z', 'hour', 'Asia/Kathmandu'), [
    '2026-08-13T14:15:00Z',
    '2026-08-13T15:15:00Z',
  ]);
});

test('a repeated hour is two windows, a day has 25 or 23 of them', () => {
  const hours = (day: string) =>
    windowsOver(windowAt(at(day), 'day', 'Europe/Berlin'), { unit: 'hour', zone: 'Europe/Berlin' }).length;
  assert.equal(hours('2024-10-27T12:00Z'), 25);
  assert.equal(hours('2024-03-31T12:00Z'), 23);
  assert.equal(hours('2024-06-01T12:00Z'), 24);
});

test('a day begins with its first instant, which may be 01:00', () => {
  assert.deepEqual(window('2024-04-26T12:00Z', 'day', 'Africa/Cairo'), [
    '2024-04-25T22:00:00Z',
    '2024-04-26T21:00:00Z',
  ]);
});

test('windows over a period are those that overlap it', () => {
  const quarter = period(at('2024-01-15T00:00Z'), at('2024-03-01T00:00Z'));
  assert.deepEqual(
    windowsOver(quarter, { unit: 'month', zone: 'UTC' }).map(({ start }) => start.toString()),
    ['2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z'],
  );
  assert.deepEqual(windowsOver(period(quarter.start, quarter.start), { unit: 'day', zone: 'UTC' }), []);
});

test('where clocks change by half an hour, hours neither overlap nor leave a gap', () => {
  const starts = (day: string): string[] => {
    const whole = windowAt(at(day), 'day', 'Australia/Lord_Howe');
    const hours = windowsOver(whole, { unit: 'hour', zone: 'Australia/Lord_Howe' });
    hours.slice(1).forEach((hour, position) => assert.ok(hours[position]?.end.equals(hour.start)));
    assert.ok(hours[0]?.start.equals(whole.start) && hours.at(-1)?.end.equals(whole.end));
    return hours.map(({ start }) => start.toString());
  };
  // At 02:00 back to 01:30, so a half hour from 01:30 to 02:00 is lived twice; in October from 02:00 on to 02:30.
  assert.deepEqual(starts('2024-04-07T00:00Z').slice(1, 4), [
    '2024-04-06T14:00:00Z',
    '2024-04-06T15:00:00Z',
    '2024-04-06T15:30:00Z',
  ]);
  assert.equal(starts('2024-04-07T00:00Z').length, 25);
  assert.equal(starts('2024-10-06T00:00Z').length, 24);
});

test('no more windows are made than wanted', () => {
  const century = period(at('2000-01-01T00:00Z'), at('2100-01-01T00:00Z'));
  assert.equal(windowsOver(century, { unit: 'minute', zone: 'UTC' }, 11).length, 11);
});
