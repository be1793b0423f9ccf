// Proves shares of money: fixed parts, free parts, bounds for each event, corrections, and tiers of percentages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { rateGraduatedPercentage } from '#actors/pricing/models/graduated-percentage.ts';
import { type PercentagePrice, ratePercentage } from '#actors/pricing/models/percentage.ts';

const price = (terms: Omit<PercentagePrice, 'type' | 'ratePercent'>): PercentagePrice => ({
  type: 'percentage',
  ratePercent: '2',
  ...terms,
});
const cost = (of: PercentagePrice, ...values: string[]) => {
  const events = values.map((value) => decimal(value));
  const quantity = sumDecimals(events);
  const { exact, steps } = ratePercentage(of, {
    quantity,
    events,
    paidEvents: BigInt(events.filter((value) => !value.lessThan(0)).length),
  });
  assert.ok(sumDecimals(steps.map((step) => decimal(step.subtotal))).equals(exact));
  return printDecimal(exact);
};

test('a share of the money and a fixed part for each event', () => {
  assert.equal(cost(price({}), '100', '50'), '3');
  assert.equal(cost(price({ fixedAmount: '0.3' }), '100', '50', '0'), '3.9');
  assert.equal(cost(price({ fixedAmount: '0.3' })), '0');
});

test('the first events are free, then none', () => {
  assert.equal(cost(price({ freeEvents: 2, fixedAmount: '1' }), '100', '100', '100'), '3');
  assert.equal(cost(price({ freeEvents: 5, fixedAmount: '1' }), '100'), '0');
});

test('the first money is free; the event on which it ends pays its rest and its fixed part', () => {
  assert.equal(cost(price({ freeAmount: '150', fixedAmount: '1' }), '100', '100', '10'), '3.2');
  assert.equal(cost(price({ freeAmount: '150' }), '150', '100'), '2');
  assert.equal(cost(price({ freeAmount: '150' }), '200', '10'), '1.2');
});

test('with both, the free part ends with whichever ends first', () => {
  const both = price({ freeEvents: 2, freeAmount: '1000', fixedAmount: '1' });
  assert.equal(cost(both, '100', '100', '100'), '3');
  assert.equal(cost(both, '900', '200', '100'), '6');
});

test('bounds hold for each paid event, its fixed part included', () => {
  const bounded = price({ fixedAmount: '0.5', eventMinimum: '1', eventMaximum: '3' });
  assert.equal(cost(bounded, '1'), '1');
  assert.equal(cost(bounded, '75'), '2');
  assert.equal(cost(bounded, '1000'), '3');
  assert.equal(cost(bounded, '1', '75', '1000'), '6');
  assert.equal(cost({ ...bounded, freeEvents: 1 }, '1', '75', '1000'), '5');
});

test('a correction takes its share back, but is no event to bound or to charge for', () => {
  assert.equal(cost(price({ eventMinimum: '1' }), '100', '-20'), '1.6');
  assert.equal(cost(price({ freeEvents: 1, fixedAmount: '1' }), '-50', '100', '100'), '2');
  assert.equal(cost(price({ freeAmount: '10' }), '10', '-50'), '0');
  assert.equal(cost(price({ eventMinimum: '1' }), '-500'), '0');
  assert.equal(cost(price({ fixedAmount: '1' }), '100', '-50'), '2');
  assert.equal(cost(price({ fixedAmount: '1' }), '100', '-500'), '1');
  assert.equal(cost(price({ fixedAmount: '1', eventMaximum: '9' }), '100', '-500'), '1');
  assert.equal(cost(price({ fixedAmount: '1', eventMaximum: '0.5' }), '100', '-500'), '0.5');
});

test('what was not loaded is asked for, never guessed', () => {
  const quantity = decimal('100');
  assert.equal(printDecimal(ratePercentage(price({}), { quantity }).exact), '2');
  assert.throws(() => ratePercentage(price({ fixedAmount: '1' }), { quantity }), RangeError);
  assert.throws(() => ratePercentage(price({ freeEvents: 1 }), { quantity, paidEvents: 1n }), RangeError);
});

test('graduated percentages: each part of the money at the rate of its tier', () => {
  const tiers = [
    { upTo: '1000', ratePercent: '3', flatAmount: '5' },
    { upTo: null, ratePercent: '1.5' },
  ];
  const graduated = (quantity: string, flatAtZero = true) =>
    printDecimal(
      rateGraduatedPercentage({ type: 'graduated_percentage', tiers, flatAtZero }, decimal(quantity)).exact,
    );
  assert.equal(graduated('500'), '20');
  assert.equal(graduated('3000'), '65');
  assert.equal(graduated('0'), '5');
  assert.equal(graduated('0', false), '0');
});
