// Proves which prices with terms are taken, and that terms which mean nothing for the model are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadsFor } from '#actors/pricing/usage-model.ts';
import { parseUsagePrice, type UsagePrice, windowOf } from '#actors/pricing/usage-price.ts';

const perUnit = { type: 'per_unit', unitAmount: '1' };
const pointers = (json: unknown): string[] => {
  const read = parseUsagePrice(json);
  assert.ok(Array.isArray(read), JSON.stringify(read));
  return read.map((problem) => problem.pointer);
};
const taken = (json: unknown): UsagePrice => {
  const read = parseUsagePrice(json);
  assert.ok('model' in read, JSON.stringify(read));
  return read;
};

test('a price with every term is stored as it is read', () => {
  const json = {
    model: { type: 'per_unit', unitAmount: '0.5' },
    conversion: { operation: 'divide', factor: '1000', rounding: 'up', decimals: 2 },
    freeUnits: { quantity: '10', reset: 'period' },
    discountPercent: '12.5',
    commitment: {
      type: 'quantity',
      value: '100',
      overageFactor: '1.5',
      trueUp: true,
      over: 'term',
      periods: 12,
    },
    maximum: '500',
    minimum: '20',
  };
  assert.deepEqual(taken(json), json);
});

test('what may be absent has its default', () => {
  assert.deepEqual(taken({ model: { type: 'dynamic' } }), { model: { type: 'dynamic', multiplier: '1' } });
  const { commitment, conversion, freeUnits } = taken({
    model: perUnit,
    commitment: { type: 'amount', value: '5', overageFactor: '2' },
    conversion: { operation: 'multiply', factor: '2' },
    freeUnits: { quantity: '1' },
  });
  assert.deepEqual(commitment, {
    type: 'amount',
    value: '5',
    overageFactor: '2',
    trueUp: false,
    over: 'period',
  });
  assert.deepEqual(conversion, { operation: 'multiply', factor: '2', rounding: 'none' });
  assert.deepEqual(freeUnits, { quantity: '1', reset: 'period' });
});

test('each model with more than a quantity is read in full', () => {
  const models = [
    { type: 'percentage', ratePercent: '2.9', fixedAmount: '0.3', freeEvents: 3, freeAmount: '100' },
    { type: 'percentage', ratePercent: '2.9', eventMinimum: '1', eventMaximum: '5' },
    {
      type: 'graduated_percentage',
      tiers: [
        { upTo: '10', ratePercent: '1' },
        { upTo: null, ratePercent: '0' },
      ],
    },
    { type: 'matrix', cells: [{ when: { region: 'eu' }, unitAmount: '1' }], defaultUnitAmount: '2' },
    { type: 'dynamic', multiplier: '1.2' },
  ];
  for (const model of models) assert.deepEqual(taken({ model }).model, model);
});

test('every refusal names its place', () => {
  assert.deepEqual(pointers(null), ['']);
  assert.deepEqual(pointers({}), ['/model']);
  assert.deepEqual(pointers({ model: 5 }), ['/model']);
  assert.deepEqual(pointers({ model: { type: 'sliding' } }), ['/model/type']);
  assert.deepEqual(pointers({ model: { ...perUnit, tiers: [] } }), ['/model/tiers']);
  assert.deepEqual(pointers({ model: perUnit, credit: '1' }), ['/credit']);
  assert.deepEqual(pointers({ model: perUnit, discountPercent: '101' }), ['/discountPercent']);
  assert.deepEqual(pointers({ model: perUnit, ratedPer: 'fortnight' }), ['/ratedPer']);
  assert.deepEqual(
    pointers({ model: perUnit, conversion: { factor: '0', rounding: 'up', decimals: 99, by: 1 } }),
    ['/conversion/decimals', '/conversion/operation', '/conversion/factor', '/conversion/by'],
  );
  assert.deepEqual(
    pointers({
      model: { type: 'percentage', ratePercent: '1', freeEvents: 1.5, eventMinimum: '2', eventMaximum: '1' },
    }),
    ['/model/freeEvents', '/model/eventMaximum'],
  );
  const cells = [
    { unitAmount: '1' },
    { when: {}, unitAmount: '1' },
    { when: { region: 5 }, unitAmount: '1' },
  ];
  assert.deepEqual(pointers({ model: { type: 'matrix', cells, defaultUnitAmount: '2' } }), [
    '/model/cells/0/when',
    '/model/cells/1/when',
    '/model/cells/2/when/region',
  ]);
});

test('terms that mean nothing for a model are refused', () => {
  const percentage = { type: 'percentage', ratePercent: '1' };
  const freeUnits = { quantity: '1' };
  assert.deepEqual(pointers({ model: percentage, freeUnits, ratedPer: 'day' }), ['/ratedPer', '/freeUnits']);
  assert.deepEqual(pointers({ model: { type: 'flat', amount: '1' }, minimum: '5', maximum: '6' }), [
    '/maximum',
    '/minimum',
  ]);
  assert.deepEqual(
    pointers({ model: percentage, commitment: { type: 'quantity', value: '1', trueUp: true } }),
    ['/commitment'],
  );
});

test('terms that contradict each other are refused', () => {
  assert.deepEqual(pointers({ model: perUnit, minimum: '5', maximum: '4' }), ['/minimum']);
  const daily = { quantity: '1', reset: 'day' };
  assert.deepEqual(pointers({ model: perUnit, freeUnits: daily, ratedPer: 'hour' }), ['/freeUnits']);
  const term = { type: 'amount', value: '1', trueUp: true, over: 'term', periods: 12 };
  assert.deepEqual(pointers({ model: perUnit, commitment: term, ratedPer: 'hour' }), ['/commitment']);
});

test('terms that do nothing, or that others undo, are refused', () => {
  const idle = { type: 'amount', value: '1' };
  assert.deepEqual(pointers({ model: perUnit, commitment: idle }), ['/commitment/trueUp']);
  assert.deepEqual(pointers({ model: perUnit, commitment: { ...idle, overageFactor: '1.0' } }), [
    '/commitment/trueUp',
  ]);
  const conversion = { operation: 'divide', factor: '3', decimals: 2 };
  assert.deepEqual(pointers({ model: perUnit, conversion }), ['/conversion/decimals']);
  const amount = { type: 'amount', value: '100', trueUp: true };
  assert.deepEqual(pointers({ model: perUnit, commitment: amount, maximum: '99' }), ['/maximum']);
  taken({ model: perUnit, commitment: amount, maximum: '100' });
  taken({ model: perUnit, commitment: { ...amount, over: 'term', periods: 2 }, maximum: '50' });
  const quantity = { type: 'quantity', value: '100', trueUp: true };
  const discounted = { model: perUnit, commitment: quantity, discountPercent: '10' };
  assert.deepEqual(pointers({ ...discounted, maximum: '89' }), ['/maximum']);
  taken({ ...discounted, maximum: '90' });
  const twice = [
    { when: { region: 'eu', size: 's' }, unitAmount: '1' },
    { when: { size: 's' }, unitAmount: '1' },
    { when: { size: 's', region: 'eu' }, unitAmount: '2' },
  ];
  assert.deepEqual(pointers({ model: { type: 'matrix', cells: twice, defaultUnitAmount: '2' } }), [
    '/model/cells/2/when',
  ]);
});

test('a price says what must be loaded for it', () => {
  assert.equal(windowOf(taken({ model: perUnit })), undefined);
  assert.equal(windowOf(taken({ model: perUnit, ratedPer: 'hour' })), 'hour');
  assert.equal(windowOf(taken({ model: perUnit, freeUnits: { quantity: '1', reset: 'day' } })), 'day');
  const loads = (model: unknown) => loadsFor(taken({ model }).model);
  assert.deepEqual(loads(perUnit), []);
  assert.deepEqual(loads({ type: 'percentage', ratePercent: '1' }), []);
  assert.deepEqual(loads({ type: 'percentage', ratePercent: '1', fixedAmount: '1' }), ['paidEvents']);
  assert.deepEqual(loads({ type: 'percentage', ratePercent: '1', freeEvents: 1 }), ['events']);
  const cells = [{ when: { region: 'eu' }, unitAmount: '1' }];
  assert.deepEqual(loads({ type: 'matrix', cells, defaultUnitAmount: '2' }), ['groups']);
  assert.deepEqual(loads({ type: 'dynamic' }), ['eventAmount']);
});
