// Proves which prices a plan refuses for its currency and its billing periods.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decidePlan, type PlanRequest } from '#actors/decisions/tenant-plan.ts';

const meter = { id: 'mtr_1', aggregation: 'sum', dimensions: [], settings: {} };
const facts = { keyTaken: false, meters: new Map([['calls', meter]]), units: new Map() };
const model = { type: 'per_unit', unitAmount: '1' };

type Plan = Partial<Pick<PlanRequest, 'currency' | 'interval' | 'intervalCount'>>;

function refusal(terms: object, plan: Plan = {}): string | undefined {
  const price = { key: 'a', name: 'A', cadence: 'in_arrears', meter: 'calls', model, ...terms } as const;
  const usual = { key: 'p', name: 'P', currency: 'USD', interval: 'month', intervalCount: 1 } as const;
  const decided = decidePlan({ ...usual, ...plan, prices: [price] }, facts);
  return decided.ok ? undefined : `${decided.code} ${decided.pointer}`;
}

test('an amount that the currency rounds to nothing is refused', () => {
  const commitment = (value: string) => ({ commitment: { type: 'amount', value, trueUp: true } });
  for (const [currency, vanishing, least] of [
    ['JPY', '0.001', '0.5'],
    ['USD', '0.0049', '0.005'],
    ['BHD', '0.0004', '0.001'],
  ] as const) {
    assert.equal(refusal({ minimum: vanishing }, { currency }), 'invalid_price /prices/0/minimum');
    assert.equal(refusal({ maximum: vanishing }, { currency }), 'invalid_price /prices/0/maximum');
    const value = 'invalid_price /prices/0/commitment/value';
    assert.equal(refusal(commitment(vanishing), { currency }), value);
    assert.equal(refusal({ minimum: least }, { currency }), undefined);
    assert.equal(refusal(commitment(least), { currency }), undefined);
  }
  assert.equal(refusal({ maximum: '0' }), undefined);
});

test('windows are shorter than any billing period', () => {
  const free = (reset: string) => ({ freeUnits: { quantity: '10', reset } });
  const refused = 'invalid_price /prices/0/freeUnits/reset';
  assert.equal(refusal(free('year')), refused);
  assert.equal(refusal(free('month')), refused);
  assert.equal(refusal(free('week')), undefined);
  assert.equal(refusal(free('period')), undefined);
  assert.equal(refusal(free('never')), undefined);
  assert.equal(refusal({ ratedPer: 'year' }), 'invalid_price /prices/0/ratedPer');
  assert.equal(refusal({ ratedPer: 'month' }, { interval: 'year' }), undefined);
  assert.equal(refusal({ ratedPer: 'quarter' }, { intervalCount: 3 }), 'invalid_price /prices/0/ratedPer');
  assert.equal(refusal({ ratedPer: 'quarter' }, { intervalCount: 6 }), undefined);
  assert.equal(refusal({ ratedPer: 'day' }, { interval: 'day' }), 'invalid_price /prices/0/ratedPer');
  assert.equal(
    refusal({ ratedPer: 'month' }, { interval: 'week', intervalCount: 4 }),
    'invalid_price /prices/0/ratedPer',
  );
  assert.equal(refusal({ ratedPer: 'month' }, { interval: 'day', intervalCount: 32 }), undefined);
});
