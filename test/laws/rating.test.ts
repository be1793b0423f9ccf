// Laws of rating: more use never costs less, parts of a period add up to the whole, and an amount is rounded once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import {
  anyCurrency,
  anyPrice,
  decimalOf,
  graduatedOf,
  quantity,
  risingPrice,
  tiersOf,
} from '#test/support/arbitrary-prices.ts';
import { parsePriceModel, rate } from '#test/support/rate-model.ts';

test('more use never costs less', () => {
  fc.assert(
    fc.property(risingPrice, quantity, quantity, anyCurrency, (model, one, two, currency) => {
      const [less, more] = one.lessThan(two) ? [one, two] : [two, one];
      assert.ok(rate(model, less, currency).amount <= rate(model, more, currency).amount);
    }),
  );
});

test('booked differences of a period add up to what the whole period costs', () => {
  fc.assert(
    fc.property(anyPrice, fc.array(quantity), anyCurrency, (model, counted, currency) => {
      let booked = 0n;
      for (const cumulative of counted) booked += rate(model, cumulative, currency).amount - booked;
      const last = counted.at(-1);
      assert.equal(booked, last === undefined ? 0n : rate(model, last, currency).amount);
    }),
  );
});

test('the amount is the sum of the steps, rounded once', () => {
  fc.assert(
    fc.property(anyPrice, quantity, anyCurrency, (model, used, currency) => {
      const rated = rate(model, used, currency);
      const steps = sumDecimals(rated.steps.map((step) => decimal(step.subtotal)));
      assert.ok(steps.equals(rated.exact));
      assert.equal(rated.amount, roundToMinor(steps, currency));
      assert.equal(explainUsage(rated).length, rated.steps.length + 1);
    }),
  );
});

test('graduated tiers without flat parts have no jump at their bounds', () => {
  const tiny = decimal('1e-12');
  fc.assert(
    fc.property(tiersOf(false), anyCurrency, (tiers, currency) => {
      for (const { upTo } of tiers) {
        if (upTo === null) continue;
        const at = rate({ type: 'graduated', tiers }, decimal(upTo), currency).exact;
        const above = rate({ type: 'graduated', tiers }, decimal(upTo).plus(tiny), currency).exact;
        const dearest = sumDecimals(tiers.map((tier) => decimal(tier.unitAmount ?? '0')));
        assert.ok(above.minus(at).lessThanOrEqualTo(tiny.times(dearest)));
      }
    }),
  );
});

test('one open tier is a per-unit price, and a volume price is its tier', () => {
  fc.assert(
    fc.property(decimalOf(4, 10), quantity, anyCurrency, (unit, used, currency) => {
      const unitAmount = unit.toFixed();
      const perUnit = rate({ type: 'per_unit', unitAmount }, used, currency).exact;
      for (const type of ['graduated', 'volume'] as const) {
        const tiered = rate({ type, tiers: [{ upTo: null, unitAmount }] }, used, currency).exact;
        assert.ok(tiered.equals(perUnit));
      }
    }),
  );
});

test('tiers of one unit amount cost what that amount costs', () => {
  fc.assert(
    fc.property(tiersOf(false), decimalOf(3, 6), quantity, anyCurrency, (tiers, unit, used, currency) => {
      const unitAmount = unit.toFixed();
      const even = tiers.map(({ upTo }) => ({ upTo, unitAmount }));
      const tiered = rate({ type: 'graduated', tiers: even }, used, currency);
      assert.ok(tiered.exact.equals(used.times(unit)));
    }),
  );
});

test('a stored price is read as it was', () => {
  fc.assert(
    fc.property(anyPrice, (model) => {
      const stored = parsePriceModel(JSON.parse(JSON.stringify(model)));
      assert.deepEqual(parsePriceModel(JSON.parse(JSON.stringify(stored))), stored);
      assert.ok('type' in stored && stored.type === model.type);
    }),
  );
});

test('thirty digits on both sides of a product survive', () => {
  const long = fc.bigInt({ min: 10n ** 29n, max: 10n ** 30n - 1n });
  fc.assert(
    fc.property(long, long, anyCurrency, (left, right, currency) => {
      const unitAmount = `0.${left}`;
      const used = decimal(`0.${right}`);
      const { exact } = rate({ type: 'per_unit', unitAmount }, used, currency);
      assert.equal(printDecimal(exact.times('1e60')), String(left * right));
    }),
  );
});

test('whatever is no price is refused with places, never thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ type: fc.string(), tiers: fc.jsonValue() })), (json) => {
      const read = parsePriceModel(json);
      if ('type' in read) return;
      assert.ok(read.length > 0);
      for (const { pointer } of read) assert.match(pointer, /^(\/|$)/);
    }),
  );
});

test('a graduated price rates a period in parts as it rates it whole', () => {
  fc.assert(
    fc.property(graduatedOf(true), quantity, quantity, anyCurrency, (model, one, two, currency) => {
      const first = rate(model, one, currency);
      const whole = rate(model, one.plus(two), currency);
      const second = whole.amount - first.amount;
      assert.equal(first.amount + second, whole.amount);
      assert.ok(second >= 0n);
    }),
  );
});
