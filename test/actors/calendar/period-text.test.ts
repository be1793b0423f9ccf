// Proves how periods read on an invoice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateText, periodText } from '#actors/calendar/period-text.ts';

const text = (start: string, end: string, zone: string) =>
  periodText({ start: Temporal.Instant.from(start), end: Temporal.Instant.from(end) }, zone);

test('whole days name the first and the last day', () => {
  assert.equal(text('2023-11-01T00:00Z', '2023-12-01T00:00Z', 'UTC'), '1 Nov 2023 – 30 Nov 2023');
  assert.equal(text('2023-11-01T00:00Z', '2023-11-02T00:00Z', 'UTC'), '1 Nov 2023');
  assert.equal(text('2023-10-31T23:00Z', '2023-11-30T23:00Z', 'Europe/Berlin'), '1 Nov 2023 – 30 Nov 2023');
});

test('a day that begins at 01:00 because clocks skip midnight is a whole day', () => {
  assert.equal(text('2024-04-25T22:00Z', '2024-04-27T21:00Z', 'Africa/Cairo'), '26 Apr 2024 – 27 Apr 2024');
});

test('other periods name both instants', () => {
  const expected = '15 Nov 2023 10:30 – 15 Dec 2023 10:30';
  assert.equal(text('2023-11-15T10:30Z', '2023-12-15T10:30Z', 'UTC'), expected);
});

test('a date reads alike everywhere', () => {
  assert.equal(dateText(Temporal.PlainDate.from('2024-02-29')), '29 Feb 2024');
});
