// Proves prices that depend on dimensions, and prices that come with the events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { rateDynamic } from '#actors/pricing/models/dynamic.ts';
import { type MatrixPrice, rateMatrix } from '#actors/pricing/models/matrix.ts';

const matrix: MatrixPrice = {
  type: 'matrix',
  cells: [
    { when: { region: 'eu' }, unitAmount: '2' },
    { when: { region: 'eu', size: 'large' }, unitAmount: '5' },
    { when: { size: 'large' }, unitAmount: '4' },
    { when: { size: 'small' }, unitAmount: '1' },
  ],
  defaultUnitAmount: '0.5',
};
const unitAmount = (values: Record<string, string>) =>
  printDecimal(
    rateMatrix(matrix, { quantity: decimal(1), groups: [{ values, quantity: decimal(1) }] }).exact,
  );

test('a group takes the cell that names most of its values, then the earlier one', () => {
  assert.equal(unitAmount({ region: 'eu', size: 'large' }), '5');
  assert.equal(unitAmount({ region: 'us', size: 'large' }), '4');
  assert.equal(unitAmount({ region: 'eu', size: 'medium' }), '2');
  assert.equal(unitAmount({ region: 'eu', size: 'small' }), '2');
});

test('a group without a cell takes the default', () => {
  assert.equal(unitAmount({ region: 'us', size: 'medium' }), '0.5');
  assert.equal(unitAmount({}), '0.5');
});

test('each group is rated once, one below zero not at all', () => {
  const groups = [
    { values: { region: 'eu' }, quantity: decimal('3') },
    { values: { size: 'small' }, quantity: decimal('2.5') },
    { values: { size: 'large' }, quantity: decimal('-1') },
  ];
  const { exact, steps } = rateMatrix(matrix, { quantity: decimal('4.5'), groups });
  assert.equal(printDecimal(exact), '8.5');
  assert.deepEqual(
    steps.map((step) => step.subtotal),
    ['6', '2.5', '0'],
  );
  assert.throws(() => rateMatrix(matrix, { quantity: decimal('1') }), RangeError);
});

test('a dynamic price is what came with the events, or the quantity itself, times the multiplier', () => {
  const dynamic = { type: 'dynamic', multiplier: '1.25' } as const;
  const cost = (quantity: string, eventAmount?: string) => {
    const sent = eventAmount === undefined ? {} : { eventAmount: decimal(eventAmount) };
    return printDecimal(rateDynamic(dynamic, { quantity: decimal(quantity), ...sent }).exact);
  };
  assert.equal(cost('8'), '10');
  assert.equal(cost('8', '100'), '125');
  assert.equal(cost('0', '100'), '0');
  assert.equal(cost('-3'), '0');
  // What was taken back for more than was sold is no payout (decision 0003).
  assert.equal(cost('8', '-100'), '0');
});
