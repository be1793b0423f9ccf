// Proves half-open periods: what they contain, share, split into, and what share of an amount falls to a part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  contains,
  fraction,
  nanosecondsOf,
  overlap,
  period,
  prorate,
  splitAt,
} from '#actors/calendar/period.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';

const at = (text: string) => Temporal.Instant.from(text);
const between = (start: string, end: string) => period(at(start), at(end));
const november = between('2023-11-01T00:00Z', '2023-12-01T00:00Z');

test('the start belongs to the period, the end to the next one', () => {
  assert.ok(contains(november, at('2023-11-01T00:00Z')));
  assert.ok(contains(november, at('2023-11-30T23:59:59.999999999Z')));
  assert.ok(!contains(november, at('2023-12-01T00:00Z')));
  assert.ok(!contains(november, at('2023-10-31T23:59:59.999999999Z')));
});

test('a period does not end before it starts', () => {
  assert.throws(() => between('2023-12-01T00:00Z', '2023-11-01T00:00Z'), RangeError);
  const empty = between('2023-11-01T00:00Z', '2023-11-01T00:00Z');
  assert.ok(!contains(empty, empty.start));
});

test('periods that only touch share nothing', () => {
  const december = between('2023-12-01T00:00Z', '2024-01-01T00:00Z');
  assert.equal(overlap(november, december), undefined);
  assert.deepEqual(overlap(november, between('2023-11-15T00:00Z', '2024-01-01T00:00Z')), {
    start: at('2023-11-15T00:00Z'),
    end: november.end,
  });
});

test('a period splits strictly inside', () => {
  const [before, after] = splitAt(november, at('2023-11-16T00:00Z'));
  assert.deepEqual(before, { start: november.start, end: after.start });
  assert.deepEqual(after.end, november.end);
  assert.equal(nanosecondsOf(before) + nanosecondsOf(after), nanosecondsOf(november));
  assert.throws(() => splitAt(november, november.start), RangeError);
  assert.throws(() => splitAt(november, november.end), RangeError);
});

test('an amount is prorated by elapsed time and divided last', () => {
  const [before] = splitAt(november, at('2023-11-11T00:00Z'));
  assert.equal(printDecimal(prorate(decimal('99'), before, november)), '33');
  assert.equal(fraction(before, november).toFixed(6), '0.333333');
  const empty = between('2023-11-01T00:00Z', '2023-11-01T00:00Z');
  assert.equal(printDecimal(prorate(decimal('99'), empty, empty)), '99');
});
