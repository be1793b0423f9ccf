// Months of thirty days: a part of a fee costs the same in every month, and parts add up to the whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { daysOfThirty } from '#actors/calendar/day-count.ts';
import { period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';

const date = (text: string, zone = 'UTC'): Temporal.Instant =>
  Temporal.PlainDate.from(text).toZonedDateTime(zone).toInstant();
const days = (from: string, to: string): number => daysOfThirty(period(date(from), date(to)), 'UTC');

test('every month has thirty days, and its 31st is its 30th', () => {
  assert.equal(days('2023-02-23', '2023-03-15'), 22);
  assert.equal(days('2024-02-23', '2024-03-15'), 22);
  assert.equal(days('2023-05-15', '2023-05-23'), 8);
  assert.equal(days('2023-01-31', '2023-02-28'), 28);
  assert.equal(days('2023-01-30', '2023-01-31'), 0);
  assert.equal(days('2023-03-01', '2024-03-01'), 360);
});

test('dates are those of the zone', () => {
  const night = period(date('2023-05-15', 'Asia/Tokyo'), date('2023-05-23', 'Asia/Tokyo'));
  assert.equal(daysOfThirty(night, 'Asia/Tokyo'), 8);
});

test('a fee for eight days of thirty costs the same in February and in May', () => {
  const fee = (service: [string, string], full: [string, string]): bigint => {
    const [part, whole] = [service, full].map(([from, to]) => period(date(from), date(to)));
    assert.ok(part && whole);
    const thirtyDayMonths = { zone: 'UTC' };
    return prorateFee(decimal('19.95'), {
      service: part,
      full: whole,
      currency: currency('EUR'),
      thirtyDayMonths,
    });
  };
  assert.equal(fee(['2023-05-15', '2023-05-23'], ['2023-04-23', '2023-05-23']), 532n);
  assert.equal(fee(['2023-02-15', '2023-02-23'], ['2023-01-23', '2023-02-23']), 532n);
  assert.equal(fee(['2023-01-15', '2023-02-15'], ['2023-01-15', '2023-02-15']), 1995n);
});

test('days add up wherever a period is cut', () => {
  const day = fc.integer({ min: 0, max: 2_000 }).map((n) => date('2023-01-01').add({ hours: 24 * n }));
  fc.assert(
    fc.property(fc.tuple(day, day, day), (some) => {
      const [from, cut, to] = some.toSorted(Temporal.Instant.compare);
      assert.ok(from && cut && to);
      const whole = daysOfThirty(period(from, to), 'UTC');
      const parts = daysOfThirty(period(from, cut), 'UTC') + daysOfThirty(period(cut, to), 'UTC');
      assert.equal(parts, whole);
    }),
  );
});
