// Laws of the calendar: periods and windows tile time without gap or overlap, whatever clocks do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BillingCycle, boundary, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { contains, nanosecondsOf, period, prorate } from '#actors/calendar/period.ts';
import { WINDOW_UNITS, windowAt, windowsOver } from '#actors/calendar/window.ts';
import { decimal, sumDecimals } from '#actors/money/decimal.ts';
import { cycle, decimalOf, instant, zone } from '#test/support/arbitrary-prices.ts';

const compare = Temporal.Instant.compare;

/** A day that a zone skipped is the only period without length: of the zones here, one in Apia. */
const canBeEmpty = (of: BillingCycle): boolean =>
  of.zone === 'Pacific/Apia' && of.interval === 'day' && of.count === 1;

test('200 periods on both sides of the anchor tile time', () => {
  fc.assert(
    fc.property(cycle, (of) => {
      for (let index = -100; index < 100; index += 1) {
        const { start, end } = periodAt(of, index);
        const order = compare(start, end);
        assert.ok(order < 0 || (order === 0 && canBeEmpty(of)), `${start.toString()} to ${end.toString()}`);
        assert.ok(periodAt(of, index + 1).start.equals(end));
      }
    }),
    { numRuns: 50 },
  );
});

test('each instant lies in the period whose index it has', () => {
  fc.assert(
    fc.property(cycle, instant, (of, at) => {
      assert.ok(contains(periodAt(of, indexAt(of, at)), at));
    }),
  );
});

test('a boundary keeps the wall clock and the day of its anchor, as far as they exist', () => {
  fc.assert(
    fc.property(cycle, fc.integer({ min: -100, max: 100 }), (of, n) => {
      const anchor = of.anchor.toZonedDateTimeISO(of.zone);
      const at = boundary(of, n).toZonedDateTimeISO(of.zone);
      const wanted = anchor.toPlainDateTime().add({ [`${of.interval}s`]: n * of.count });
      const exists = wanted.toZonedDateTime(of.zone).toPlainDateTime().equals(wanted);
      if (exists) assert.ok(at.toPlainDateTime().equals(wanted));
      if (of.interval === 'month' || of.interval === 'year') {
        assert.ok(!exists || at.day === Math.min(anchor.day, at.daysInMonth));
      }
    }),
  );
});

test('windows tile time, and each holds the instant it was asked for', () => {
  fc.assert(
    fc.property(instant, fc.constantFrom(...WINDOW_UNITS), zone, (at, unit, name) => {
      const window = windowAt(at, unit, name);
      assert.ok(contains(window, at));
      assert.ok(windowAt(window.end, unit, name).start.equals(window.end));
      assert.ok(windowAt(window.start, unit, name).start.equals(window.start));
    }),
  );
});

test('the windows over a period cover it', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 5_000 }), zone, (start, hours, name) => {
      const whole = period(start, start.add({ hours }));
      const days = windowsOver(whole, { unit: 'day', zone: name });
      const [first, last] = [days.at(0), days.at(-1)];
      assert.ok(first !== undefined && last !== undefined);
      assert.ok(compare(first.start, whole.start) <= 0 && compare(last.end, whole.end) >= 0);
      days.slice(1).forEach((day, position) => assert.ok(days[position]?.end.equals(day.start)));
    }),
    { numRuns: 30 },
  );
});

test('prorated parts of a period add up to the amount', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 9_999 }), { maxLength: 8 });
  fc.assert(
    fc.property(instant, cuts, decimalOf(6, 4), (start, inside, amount) => {
      const points = [0, ...inside.toSorted((a, b) => a - b), 10_000];
      const at = (seconds: number) => start.add({ seconds });
      const whole = period(start, at(10_000));
      const parts = points.slice(1).map((to, position) => period(at(points[position] ?? 0), at(to)));
      const lengths = parts.reduce((sum, part) => sum + nanosecondsOf(part), 0n);
      assert.equal(lengths, nanosecondsOf(whole));
      const shares = sumDecimals(parts.map((part) => prorate(amount, part, whole)));
      assert.ok(shares.minus(amount).abs().lessThan(decimal('1e-100')));
    }),
  );
});
