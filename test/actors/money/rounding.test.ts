// Proves the one rounding of money: ties go away from zero, at the decimals of the currency.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import { MINOR_UNITS_MAX, roundToMinor } from '#actors/money/rounding.ts';

test('ties go away from zero', () => {
  const rounded = (amount: string, code: string) => roundToMinor(decimal(amount), currency(code));
  assert.equal(rounded('1.005', 'USD'), 101n);
  assert.equal(rounded('-1.005', 'USD'), -101n);
  assert.equal(rounded('1.00499999999999999999999999999', 'USD'), 100n);
  assert.equal(rounded('0.5', 'JPY'), 1n);
  assert.equal(rounded('1.0005', 'BHD'), 1001n);
  assert.equal(rounded('1.00005', 'CLF'), 10001n);
  assert.equal(rounded('-0.001', 'USD'), 0n);
});

test('an amount beyond the books is refused, not wrapped', () => {
  const largest = decimal(MINOR_UNITS_MAX);
  assert.equal(roundToMinor(largest, currency('JPY')), MINOR_UNITS_MAX);
  assert.throws(() => roundToMinor(largest.plus(1), currency('JPY')), RangeError);
  assert.throws(() => roundToMinor(largest.plus(1).negated(), currency('JPY')), RangeError);
});
