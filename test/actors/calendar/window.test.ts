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
    windowsOver(windowAt(at(day), 'day', 'Europe/Berlin'), 'hour', 'Europe/Berlin').length;
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
    windowsOver(quarter, 'month', 'UTC').map(({ start }) => start.toString()),
    ['2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z'],
  );
  assert.deepEqual(windowsOver(period(quarter.start, quarter.start), 'day', 'UTC'), []);
});
