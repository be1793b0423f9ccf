// The rating that the package exports: every charge model from plain values, refusals that name their place, and the same
// amounts as an invoice line, because it is the same code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type GivenContext,
  type GivenPrice,
  type GivenUsage,
  type PriceRating,
  rate,
} from '../../../index.ts';

const USD = { currency: 'USD' };

function rated(price: GivenPrice, quantity: string | GivenUsage, context: GivenContext = USD): PriceRating {
  const answer = rate(price, quantity, context);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.data;
}

function refusal(price: unknown, quantity: unknown, context: unknown = USD) {
  const answer = rate(price as GivenPrice, quantity as string, context as GivenContext);
  return answer.ok ? undefined : [answer.code, answer.pointer];
}

const graduated = {
  type: 'graduated',
  tiers: [
    { upTo: '100', unitAmount: '0.10' },
    { upTo: null, unitAmount: '0.05' },
  ],
};
const cent = { type: 'per_unit', unitAmount: '0.01' };

test('it says what an invoice line says, step by step and in sentences', () => {
  const { text, steps, ...figures } = rated({ model: graduated, minimum: '20' }, '120');
  assert.deepEqual(figures, {
    currency: 'USD',
    amount: '2000',
    listed: '1100',
    exact: '11',
    quantity: '120',
    converted: '120',
    charged: '120',
    adjustments: [{ kind: 'minimum_spend', amount: '900' }],
  });
  assert.deepEqual(
    steps.map((step) => step.subtotal),
    ['10', '1'],
  );
  assert.deepEqual(text, [
    'tier 1 (above 0 up to 100): 100 units at USD 0.1 each: USD 10',
    'tier 2 (above 100): 20 units at USD 0.05 each: USD 1',
    'listed USD 11, rounded once to USD 11.00',
    'missing to the minimum: USD 9.00',
    'amount USD 20.00',
  ]);
});

test('parts of a quantity stand for it, and a fee is for each unit of its item', () => {
  const matrix = {
    type: 'matrix',
    cells: [{ when: { region: 'eu' }, unitAmount: '0.5' }],
    defaultUnitAmount: '1',
  };
  const groups = [{ values: { region: 'eu' }, quantity: '3' }, { quantity: '2' }];
  const inGroups = rated({ model: matrix }, { groups });
  assert.deepEqual([inGroups.amount, inGroups.quantity], ['350', '5']);
  const events = rated(
    { model: { type: 'percentage', ratePercent: '10', eventMinimum: '1' } },
    { events: ['5', '20'] },
  );
  assert.deepEqual([events.amount, events.quantity], ['300', '25']);
  const counted = { type: 'percentage', ratePercent: '10', fixedAmount: '0.25' };
  assert.equal(rated({ model: counted }, { quantity: '25', eventCount: 2 }).amount, '300');
  const windows = { windows: ['1', '0', '3'] };
  assert.equal(rated({ model: cent, ratedPer: 'day', conversion: begun('2') }, windows).amount, '3');
  assert.equal(rated({ model: { type: 'dynamic', multiplier: '2' } }, '7').amount, '1400');
  assert.equal(rated({ model: { type: 'dynamic' } }, { quantity: '7', eventAmount: '0.125' }).amount, '13');
  assert.equal(rated({ model: { type: 'flat', amount: '10' } }, '3').amount, '3000');
  assert.equal(rated({ model: cent }, '-5').amount, '0');
});

function begun(factor: string) {
  return { operation: 'divide', factor, rounding: 'up' };
}

test('what surrounds a rating is said as an explanation shows it', () => {
  const part = ['2023-11-01T00:00:00Z', '2023-11-16T00:00:00Z'] as const;
  const share = { part, whole: [part[0], '2023-12-01T00:00:00Z'] as const };
  assert.equal(rated({ model: cent, minimum: '30' }, '5', { ...USD, share }).amount, '1500');
  assert.equal(rated({ model: cent, minimum: '30' }, '5', { ...USD, isFinal: false }).amount, '5');
  const free = { model: cent, freeUnits: { quantity: '100', reset: 'never' } };
  assert.equal(rated(free, '150').amount, '50');
  const before = { quantity: '80', amount: '0' };
  assert.equal(rated(free, '150', { ...USD, before }).amount, '130');
  const commitment = { type: 'amount', value: '10', over: 'term', periods: 2, trueUp: true };
  const last = { ...USD, before: { quantity: '400', amount: '400' }, isTermEnd: true as const };
  assert.equal(rated({ model: cent, commitment }, '100', last).amount, '600');
  assert.equal(rated({ model: cent }, '100', { currency: 'BHD' }).amount, '1000');
});

test('a part beyond the whole, and a quantity that its windows do not make, are refused', () => {
  const [start, end] = ['2023-11-01T00:00:00Z', '2023-12-01T00:00:00Z'];
  const share = { part: [start, '2023-12-17T00:00:00Z'], whole: [start, end] };
  const minimum = { model: cent, minimum: '30' };
  for (const name of ['share', 'termShare']) {
    assert.deepEqual(refusal(minimum, '5', { ...USD, [name]: share }), [
      'invalid_request',
      `/context/${name}/part`,
    ]);
  }
  const day = { model: cent, ratedPer: 'day' };
  assert.deepEqual(refusal(day, { quantity: '100', windows: ['1', '2'] }), [
    'invalid_request',
    '/quantity/quantity',
  ]);
  assert.equal(rated(day, { quantity: '3.0', windows: ['1', '2'] }).amount, '3');
});

test('what is wrong or missing is refused by its place', () => {
  const day = { model: cent, ratedPer: 'day' };
  const matrix = { type: 'matrix', cells: [{ when: { a: 'b' }, unitAmount: '1' }], defaultUnitAmount: '1' };
  const bounded = { type: 'percentage', ratePercent: '1', eventMaximum: '2' };
  const fixed = { type: 'percentage', ratePercent: '1', fixedAmount: '2' };
  const share = { part: ['2023-11-02T00:00:00Z', '2023-11-01T00:00:00Z'], whole: [] };
  const cases: readonly (readonly [refused: unknown[] | undefined, code: string, pointer: string])[] = [
    [refusal({ model: { type: 'per_unit' } }, '1'), 'invalid_price', '/price/model/unitAmount'],
    [refusal({ model: cent, surprise: 1 }, '1'), 'invalid_price', '/price/surprise'],
    [refusal(undefined, '1'), 'invalid_price', '/price'],
    [refusal({ model: cent }, '1,5'), 'invalid_request', '/quantity'],
    [refusal({ model: cent }, {}), 'invalid_request', '/quantity/quantity'],
    [refusal({ model: cent }, { quantity: '1', extra: 1 }), 'invalid_request', '/quantity/extra'],
    [refusal({ model: cent }, { events: ['1', 'x'] }), 'invalid_request', '/quantity/events'],
    [refusal({ model: cent }, { events: '1' }), 'invalid_request', '/quantity/events'],
    [refusal({ model: cent }, undefined), 'invalid_request', '/quantity'],
    [refusal(day, '1'), 'invalid_request', '/quantity/windows'],
    [refusal({ model: matrix }, '1'), 'invalid_request', '/quantity/groups'],
    [refusal({ model: bounded }, '1'), 'invalid_request', '/quantity/events'],
    [refusal({ model: fixed }, '1'), 'invalid_request', '/quantity/eventCount'],
    [refusal({ model: cent }, '1', {}), 'invalid_request', '/context/currency'],
    [refusal({ model: cent }, '1', { ...USD, share }), 'invalid_request', '/context/share/part'],
    [refusal({ model: cent }, '1', { ...USD, before: {} }), 'invalid_request', '/context/before/quantity'],
    [refusal({ model: cent }, '1', { ...USD, zone: 'UTC' }), 'invalid_request', '/context/zone'],
    [
      refusal({ model: { type: 'per_unit', unitAmount: '1000000000000' } }, '1e20'),
      'invalid_price',
      '/quantity',
    ],
  ];
  for (const [refused, code, pointer] of cases) assert.deepEqual(refused, [code, pointer]);
});
