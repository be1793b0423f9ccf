// Laws of money: splits add up and are fair, rounding is symmetric and near, texts are read back as they were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allocate } from '#actors/money/allocate.ts';
import { decimal, parseDecimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { majorUnits, money, printAmount } from '#actors/money/money.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { anyCurrency, decimalOf } from '#test/support/arbitrary-prices.ts';

const minor = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });

test('the parts of a split add up to the whole, each within one unit of its share', () => {
  fc.assert(
    fc.property(minor, fc.array(decimalOf(6, 3), { minLength: 1, maxLength: 40 }), (total, weights) => {
      const sum = sumDecimals(weights);
      fc.pre(!sum.isZero());
      const parts = allocate(total, weights);
      assert.equal(
        parts.reduce((left, right) => left + right, 0n),
        total,
      );
      parts.forEach((part, position) => {
        const share = decimal(total)
          .times(weights[position] ?? 0)
          .div(sum);
        assert.ok(decimal(part).minus(share).abs().lessThan(1));
        if (weights[position]?.isZero()) assert.equal(part, 0n);
      });
    }),
  );
});

test('a split does not depend on the scale of its weights', () => {
  fc.assert(
    fc.property(minor, fc.array(decimalOf(6, 3), { minLength: 1, maxLength: 10 }), (total, weights) => {
      fc.pre(!sumDecimals(weights).isZero());
      const scaled = weights.map((weight) => weight.times('0.001'));
      assert.deepEqual(allocate(total, scaled), allocate(total, weights));
    }),
  );
});

test('rounding is symmetric, at most half a unit away, and leaves rounded amounts alone', () => {
  fc.assert(
    fc.property(decimalOf(12, 8), anyCurrency, (amount, currency) => {
      const rounded = roundToMinor(amount, currency);
      assert.equal(roundToMinor(amount.negated(), currency), -rounded);
      const back = majorUnits(money(rounded, currency));
      assert.equal(roundToMinor(back, currency), rounded);
      const unit = majorUnits(money(1n, currency));
      assert.ok(back.minus(amount).abs().times(2).lessThanOrEqualTo(unit));
    }),
  );
});

test('printed amounts and decimals are read back as they were', () => {
  fc.assert(
    fc.property(minor, anyCurrency, decimalOf(30, 30), (total, currency, value) => {
      const printed = parseDecimal(printAmount(money(total, currency)));
      assert.ok(printed !== undefined);
      assert.equal(roundToMinor(printed, currency), total);
      const text = printDecimal(value);
      assert.doesNotMatch(text, /e/i);
      assert.ok(parseDecimal(text)?.equals(value));
    }),
  );
});

test('any text is read as a decimal or refused, never thrown', () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[-+.eE0-9]{0,40}$/), fc.double().map(String));
  fc.assert(
    fc.property(texts, (text) => {
      const read = parseDecimal(text);
      if (read === undefined) return;
      assert.ok(read.isFinite());
      assert.ok(parseDecimal(printDecimal(read))?.equals(read));
    }),
  );
});
