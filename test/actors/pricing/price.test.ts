// Proves which price models are taken, in which form they are stored, and that each refusal names its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIERS_MAX } from '#actors/pricing/tiers.ts';
import { parsePriceModel } from '#test/support/rate-model.ts';

const pointers = (json: unknown): string[] => {
  const read = parsePriceModel(json);
  assert.ok(Array.isArray(read), JSON.stringify(read));
  return read.map((problem) => problem.pointer);
};

test('a model is stored with normalized decimals', () => {
  assert.deepEqual(parsePriceModel({ type: 'flat', amount: '10.50' }), { type: 'flat', amount: '10.5' });
  assert.deepEqual(parsePriceModel({ type: 'per_unit', unitAmount: '1e-6' }), {
    type: 'per_unit',
    unitAmount: '0.000001',
  });
  assert.deepEqual(parsePriceModel({ type: 'package', amount: '5', size: '1000' }), {
    type: 'package',
    amount: '5',
    size: '1000',
    rounding: 'up',
  });
  const graduated = {
    type: 'graduated',
    tiers: [
      { upTo: '10', flatAmount: '1' },
      { upTo: null, unitAmount: '0.1' },
    ],
    flatAtZero: false,
  };
  assert.deepEqual(parsePriceModel(graduated), graduated);
});

test('what is read back from storage is read as it was', () => {
  const volume = {
    type: 'volume',
    tiers: [
      { upTo: '5', unitAmount: '1' },
      { upTo: null, unitAmount: '0' },
    ],
  };
  const once = parsePriceModel(volume);
  assert.deepEqual(parsePriceModel(JSON.parse(JSON.stringify(once))), once);
});

test('what is no price at all', () => {
  for (const json of [null, undefined, 'flat', 5, [], [{ type: 'flat' }]])
    assert.deepEqual(pointers(json), ['']);
  assert.deepEqual(pointers({}), ['/type']);
  assert.deepEqual(pointers({ type: 'unknown', unitAmount: '3' }), ['/type']);
  assert.deepEqual(pointers({ type: 'toString' }), ['/type']);
});

test('amounts are decimal text, not negative, not beyond the limit', () => {
  for (const amount of [5, '-1', '1,5', 'NaN', '1e400', '1000000000000000.01', null, undefined]) {
    assert.deepEqual(pointers({ type: 'flat', amount }), ['/amount'], String(amount));
  }
});

test('fields that no one asked for are refused, not dropped', () => {
  assert.deepEqual(pointers({ type: 'flat', amount: '1', 'a/b~c': 1 }), ['/a~1b~0c']);
  assert.deepEqual(pointers({ type: 'graduated', tiers: [{ upTo: null, unitAmount: '1', price: '2' }] }), [
    '/tiers/0/price',
  ]);
});

test('a package has a size and a known rounding', () => {
  assert.deepEqual(pointers({ type: 'package', amount: '1', size: '0', rounding: 'sideways' }), [
    '/size',
    '/rounding',
  ]);
});

test('tiers rise, price something, and only the last is open', () => {
  const problems = (...tiers: unknown[]) => pointers({ type: 'volume', tiers });
  assert.deepEqual(problems(), ['/tiers']);
  assert.deepEqual(problems({ upTo: '10', unitAmount: '1' }), ['/tiers/0/upTo']);
  assert.deepEqual(problems({ unitAmount: '1' }), ['/tiers/0/upTo']);
  assert.deepEqual(problems({ upTo: null, unitAmount: '1' }, { upTo: null, unitAmount: '1' }), [
    '/tiers/0/upTo',
  ]);
  assert.deepEqual(
    problems(
      { upTo: '10', unitAmount: '1' },
      { upTo: '10.0', unitAmount: '1' },
      { upTo: null, unitAmount: '1' },
    ),
    ['/tiers/1/upTo'],
  );
  assert.deepEqual(problems({ upTo: null }), ['/tiers/0/unitAmount']);
  assert.deepEqual(problems('5'), ['/tiers/0']);
  assert.deepEqual(pointers({ type: 'volume', tiers: {}, flatAtZero: 'no' }), ['/tiers', '/flatAtZero']);
  const open = { upTo: null, unitAmount: '1' };
  const many = Array.from({ length: TIERS_MAX }, (_, position) => ({
    upTo: String(position + 1),
    unitAmount: '1',
  }));
  assert.deepEqual(problems(...many, open), ['/tiers']);
  assert.ok(!Array.isArray(parsePriceModel({ type: 'volume', tiers: [...many.slice(1), open] })));
});
