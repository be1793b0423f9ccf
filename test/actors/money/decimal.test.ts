// Proves what counts as a decimal and that none of its digits is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, parseDecimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';

test('a decimal from outside follows the number grammar of JSON', () => {
  const read = (text: string) => {
    const value = parseDecimal(text);
    return value === undefined ? undefined : printDecimal(value);
  };
  assert.equal(read('0.000012'), '0.000012');
  assert.equal(read('1500.00'), '1500');
  assert.equal(read('-0'), '0');
  assert.equal(read('1e-7'), '0.0000001');
  assert.equal(read('1.5E3'), '1500');
  const refused = [
    '',
    ' 1',
    '1 ',
    '1,5',
    '+1',
    '.5',
    '5.',
    '007',
    'NaN',
    'Infinity',
    '0x10',
    '1e',
    '1_000',
    '--1',
  ];
  for (const text of refused) assert.equal(read(text), undefined, text);
});

test('a decimal from outside has at most 30 digits on each side of the point', () => {
  assert.ok(parseDecimal('9'.repeat(30)));
  assert.ok(parseDecimal(`0.${'0'.repeat(29)}1`));
  assert.equal(parseDecimal('9'.repeat(31)), undefined);
  assert.equal(parseDecimal(`0.${'0'.repeat(30)}1`), undefined);
  assert.equal(parseDecimal('1e400'), undefined);
  assert.equal(parseDecimal('1e-999'), undefined);
  assert.equal(parseDecimal('1'.repeat(1_000_000)), undefined);
});

test('a trusted decimal is refused loudly when it is none', () => {
  assert.equal(printDecimal(decimal(9_007_199_254_740_991)), '9007199254740991');
  assert.equal(printDecimal(decimal(12n)), '12');
  assert.throws(() => decimal(0.1), RangeError);
  assert.throws(() => decimal(2 ** 53), RangeError);
  assert.throws(() => decimal('NaN'), RangeError);
  assert.throws(() => decimal('1,5'), RangeError);
});

test('products keep every digit and are printed without exponents', () => {
  const product = decimal('123456789012345678901.23').times('0.07');
  assert.equal(printDecimal(product), '8641975230864197523.0861');
  assert.equal(printDecimal(decimal(`1e-30`).times('1e-30')), `0.${'0'.repeat(59)}1`);
  assert.equal(printDecimal(decimal('9'.repeat(30)).times('1e30')), `${'9'.repeat(30)}${'0'.repeat(30)}`);
});

test('a sum of nothing is zero', () => {
  assert.equal(printDecimal(sumDecimals([])), '0');
  assert.equal(printDecimal(sumDecimals([decimal('0.1'), decimal('0.2')])), '0.3');
});
