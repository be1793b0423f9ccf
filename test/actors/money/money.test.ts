// Proves sums, comparison and printing of money, and that currencies do not mix.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currency } from '#actors/money/currency.ts';
import { printDecimal } from '#actors/money/decimal.ts';
import {
  addMoney,
  compareMoney,
  majorUnits,
  money,
  negateMoney,
  printAmount,
  printMoney,
  subtractMoney,
  sumMoney,
} from '#actors/money/money.ts';

const USD = currency('USD');
const EUR = currency('EUR');
const JPY = currency('JPY');
const BHD = currency('BHD');

test('money adds, subtracts, turns around and compares', () => {
  assert.deepEqual(addMoney(money(150n, USD), money(-50n, USD)), money(100n, USD));
  assert.deepEqual(subtractMoney(money(150n, USD), money(200n, USD)), money(-50n, USD));
  assert.deepEqual(negateMoney(money(5n, USD)), money(-5n, USD));
  assert.deepEqual(sumMoney([], USD), money(0n, USD));
  assert.deepEqual(sumMoney([money(1n, USD), money(2n, USD)], USD), money(3n, USD));
  assert.ok(compareMoney(money(1n, USD), money(2n, USD)) < 0);
  assert.ok(compareMoney(money(2n, USD), money(1n, USD)) > 0);
  assert.equal(compareMoney(money(2n, USD), money(2n, USD)), 0);
});

test('currencies do not mix', () => {
  assert.throws(() => addMoney(money(1n, USD), money(1n, EUR)), RangeError);
  assert.throws(() => subtractMoney(money(1n, USD), money(1n, EUR)), RangeError);
  assert.throws(() => compareMoney(money(1n, USD), money(1n, EUR)), RangeError);
  assert.throws(() => sumMoney([money(1n, USD), money(1n, EUR)], USD), RangeError);
});

test('an amount is printed with the decimals of its currency', () => {
  assert.equal(printMoney(money(123456n, USD)), 'USD 1,234.56');
  assert.equal(printMoney(money(-5n, USD)), 'USD -0.05');
  assert.equal(printMoney(money(1500n, JPY)), 'JPY 1,500');
  assert.equal(printMoney(money(1_234_567_890n, BHD)), 'BHD 1,234,567.890');
  assert.equal(printMoney(money(0n, USD)), 'USD 0.00');
  assert.equal(printMoney(money(99_999n, USD)), 'USD 999.99');
  assert.equal(printMoney(money(123_456_789_012_345_678_901n, USD)), 'USD 1,234,567,890,123,456,789.01');
  assert.equal(printAmount(money(123456n, USD)), '1234.56');
  assert.equal(printAmount(money(-123450n, USD)), '-1234.50');
  assert.equal(printAmount(money(7n, JPY)), '7');
  assert.equal(printDecimal(majorUnits(money(123450n, USD))), '1234.5');
});
