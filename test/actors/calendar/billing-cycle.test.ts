// Proves where periods begin and end: month ends, leap years, clock changes, and instants on the boundary.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BillingCycle, boundary, INTERVALS, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';

const cycle = (
  anchor: string,
  zone: string,
  interval: BillingCycle['interval'],
  count = 1,
): BillingCycle => ({
  anchor: Temporal.Instant.from(anchor),
  zone,
  interval,
  count,
});
const boundaries = (of: BillingCycle, ns: readonly number[]) =>
  ns.map((n) => boundary(of, n).toZonedDateTimeISO(of.zone).toString({ timeZoneName: 'never' }));

test('the 31st falls on the last day of shorter months and comes back', () => {
  const monthly = cycle('2023-01-31T00:00Z', 'UTC', 'month');
  assert.deepEqual(boundaries(monthly, [0, 1, 2, 3, 13]), [
    '2023-01-31T00:00:00+00:00',
    '2023-02-28T00:00:00+00:00',
    '2023-03-31T00:00:00+00:00',
    '2023-04-30T00:00:00+00:00',
    '2024-02-29T00:00:00+00:00',
  ]);
});

test('29 February returns every leap year', () => {
  const yearly = cycle('2024-02-29T12:00Z', 'UTC', 'year');
  assert.deepEqual(boundaries(yearly, [1, 4]), ['2025-02-28T12:00:00+00:00', '2028-02-29T12:00:00+00:00']);
});

test('the calendar is that of the zone', () => {
  const monthly = cycle('2024-01-31T23:00Z', 'Europe/Berlin', 'month');
  assert.deepEqual(boundaries(monthly, [1, 2, 3]), [
    '2024-03-01T00:00:00+01:00',
    '2024-04-01T00:00:00+02:00',
    '2024-05-01T00:00:00+02:00',
  ]);
});

test('a time that clocks skip moves on by the skipped hour, for that one boundary', () => {
  const daily = cycle('2024-03-29T01:30Z', 'Europe/Berlin', 'day');
  assert.deepEqual(boundaries(daily, [1, 2, 3]), [
    '2024-03-30T02:30:00+01:00',
    '2024-03-31T03:30:00+02:00',
    '2024-04-01T02:30:00+02:00',
  ]);
});

test('of a time that occurs twice the first counts; an anchor on the second stays where it is', () => {
  const daily = cycle('2024-10-26T00:30Z', 'Europe/Berlin', 'day');
  assert.deepEqual(boundaries(daily, [1]), ['2024-10-27T02:30:00+02:00']);
  const yearly = cycle('2024-10-27T01:30Z', 'Europe/Berlin', 'year');
  assert.deepEqual(boundaries(yearly, [0]), ['2024-10-27T02:30:00+01:00']);
});

test('a day that a zone skipped is an empty period that no instant lies in', () => {
  const daily = cycle('2011-12-29T22:00Z', 'Pacific/Apia', 'day');
  const skipped = periodAt(daily, 1);
  assert.ok(skipped.start.equals(skipped.end));
  assert.equal(indexAt(daily, skipped.start), 2);
});

test('boundaries before the anchor, and several intervals in one', () => {
  const quarterly = cycle('2024-05-31T00:00Z', 'UTC', 'month', 3);
  assert.deepEqual(boundaries(quarterly, [-1, 1]), [
    '2024-02-29T00:00:00+00:00',
    '2024-08-31T00:00:00+00:00',
  ]);
  const fortnightly = cycle('2024-05-01T00:00Z', 'UTC', 'week', 2);
  assert.deepEqual(boundaries(fortnightly, [1]), ['2024-05-15T00:00:00+00:00']);
});

test('an instant on a boundary belongs to the period that starts there', () => {
  for (const interval of INTERVALS) {
    const of = cycle('2024-01-31T10:00Z', 'America/New_York', interval, 2);
    for (const index of [-7, -1, 0, 1, 5, 40]) {
      const { start, end } = periodAt(of, index);
      assert.equal(indexAt(of, start), index);
      assert.equal(indexAt(of, end.subtract({ nanoseconds: 1 })), index);
    }
  }
});
