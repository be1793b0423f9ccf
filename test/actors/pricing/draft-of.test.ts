// Proves what each charge model makes of a quantity, and how the amount is explained.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currency } from '#actors/money/currency.ts';
import { decimal, sumDecimals } from '#actors/money/decimal.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import type { UsageModel } from '#actors/pricing/usage-model.ts';
import { parsePriceModel, rate } from '#test/support/rate-model.ts';

const model = (json: unknown): UsageModel => {
  const read = parsePriceModel(json);
  if ('type' in read) return read;
  throw new Error(JSON.stringify(read));
};
const cents = (price: UsageModel, quantity: string) => rate(price, decimal(quantity), currency('USD')).amount;

const flat = model({ type: 'flat', amount: '19.99' });
const perUnit = model({ type: 'per_unit', unitAmount: '0.000012' });
const tiers = [
  { upTo: '10', unitAmount: '1', flatAmount: '5' },
  { upTo: '20', unitAmount: '0.5' },
  { upTo: null, flatAmount: '2' },
];
const graduated = model({ type: 'graduated', tiers });
const volume = model({ type: 'volume', tiers });

test('flat: one amount, whatever the quantity', () => {
  for (const quantity of ['0', '1', '1000']) assert.equal(cents(flat, quantity), 1999n);
});

test('per unit: exact far below a cent, rounded once', () => {
  assert.equal(cents(perUnit, '0'), 0n);
  assert.equal(cents(perUnit, '416'), 0n);
  assert.equal(cents(perUnit, '417'), 1n);
  assert.equal(cents(perUnit, '1000000'), 1200n);
  assert.equal(cents(perUnit, '0.5'), 0n);
});

test('package: the last one begun counts by its rounding', () => {
  const packages = (rounding: string, quantity: string) =>
    cents(model({ type: 'package', amount: '1', size: '1000', rounding }), quantity) / 100n;
  const quantities = ['0', '0.001', '499.9', '500', '1000', '1000.001', '2500'];
  assert.deepEqual(
    quantities.map((q) => packages('up', q)),
    [0n, 1n, 1n, 1n, 1n, 2n, 3n],
  );
  assert.deepEqual(
    quantities.map((q) => packages('down', q)),
    [0n, 0n, 0n, 0n, 1n, 1n, 2n],
  );
  assert.deepEqual(
    quantities.map((q) => packages('nearest', q)),
    [0n, 0n, 0n, 1n, 1n, 1n, 3n],
  );
});

test('package: a size that divides no quantity evenly still counts exactly', () => {
  const thirds = model({ type: 'package', amount: '1', size: '0.3' });
  assert.equal(cents(thirds, '0.9'), 300n);
  assert.equal(cents(thirds, '0.900000000000000000000000000001'), 400n);
});

test('graduated: each unit in its tier, flat parts from the first unit on', () => {
  assert.equal(cents(graduated, '0'), 500n);
  assert.equal(cents(graduated, '10'), 1500n);
  assert.equal(cents(graduated, '10.5'), 1525n);
  assert.equal(cents(graduated, '20'), 2000n);
  assert.equal(cents(graduated, '20.000001'), 2200n);
  assert.equal(cents(graduated, '1000'), 2200n);
});

test('volume: all units in the tier that was reached', () => {
  assert.equal(cents(volume, '0'), 500n);
  assert.equal(cents(volume, '10'), 1500n);
  assert.equal(cents(volume, '10.1'), 505n);
  assert.equal(cents(volume, '21'), 200n);
});

test('flatAtZero false: nothing used, nothing owed', () => {
  for (const type of ['graduated', 'volume']) {
    const free = model({ type, tiers, flatAtZero: false });
    assert.equal(cents(free, '0'), 0n);
    assert.equal(cents(free, '0.1'), 510n);
  }
});

test('a quantity below zero costs what zero costs', () => {
  assert.equal(cents(perUnit, '-1000000'), 0n);
  assert.equal(cents(graduated, '-5'), 500n);
  const rated = rate(perUnit, decimal('-3'), currency('USD'));
  assert.equal(explainUsage(rated)[0], 'quantity -3 is below zero and rated as 0');
});

test('steps add up to the unrounded amount and can be stored', () => {
  for (const price of [flat, perUnit, graduated, volume]) {
    const rated = rate(price, decimal('123.456'), currency('USD'));
    const subtotals = rated.steps.map((step) => decimal(step.subtotal));
    assert.ok(sumDecimals(subtotals).equals(rated.exact));
    assert.deepEqual(JSON.parse(JSON.stringify(rated.steps)), rated.steps);
  }
});

test('an explanation reads tier by tier and ends with the rounding', () => {
  assert.deepEqual(explainUsage(rate(graduated, decimal('25.5'), currency('USD'))), [
    'tier 1 (above 0 up to 10): 10 units at USD 1 each plus USD 5 for the tier: USD 15',
    'tier 2 (above 10 up to 20): 10 units at USD 0.5 each: USD 5',
    'tier 3 (above 20): 5.5 units plus USD 2 for the tier: USD 2',
    'listed USD 22, rounded once to USD 22.00',
  ]);
  const packages = model({ type: 'package', amount: '5', size: '1000' });
  assert.deepEqual(explainUsage(rate(packages, decimal('2500'), currency('JPY'))), [
    '2500 units in packages of 1000: 3 at JPY 5 each: JPY 15',
    'listed JPY 15, rounded once to JPY 15',
  ]);
  assert.deepEqual(explainUsage(rate(flat, decimal('1'), currency('USD'))), [
    'fixed amount: USD 19.99',
    'listed USD 19.99, rounded once to USD 19.99',
  ]);
  assert.deepEqual(explainUsage(rate(perUnit, decimal('417'), currency('USD'))), [
    '417 units at USD 0.000012 each: USD 0.005004',
    'listed USD 0.005004, rounded once to USD 0.01',
  ]);
});

test('an amount beyond the books is refused', () => {
  const dear = model({ type: 'per_unit', unitAmount: '1000000000000000' });
  assert.throws(() => cents(dear, '1000000000000000'), RangeError);
});
