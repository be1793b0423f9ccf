// What a meter makes of an event: which it counts, the exact value it takes, and how it refuses one it cannot read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { factOf, isFactProblem, type Meter } from '#actors/usage/meter.ts';
import { type MeterFilter, matchesFilters } from '#actors/usage/meter-filter.ts';
import { propertyDecimal } from '#actors/usage/property.ts';
import { rawNumber } from '#actors/usage/raw-number.ts';

const METER: Meter = {
  id: 'mtr_1',
  eventType: 'call',
  aggregation: 'sum',
  valueProperty: 'n',
  filters: [],
  dimensions: [],
  settings: {},
};

test('filters compare texts, presence and exact numbers, and all must hold', () => {
  const properties = {
    region: 'eu',
    n: 10,
    big: rawNumber('9007199254740993'),
    flag: true,
    none: null,
    text: '2.50',
  };
  for (const [filter, expected] of [
    [{ property: 'region', in: ['us', 'eu'] }, true],
    [{ property: 'region', in: ['us'] }, false],
    [{ property: 'n', in: ['10'] }, true],
    [{ property: 'flag', in: ['true'] }, true],
    [{ property: 'absent', in: [''] }, false],
    [{ property: 'region', not_in: ['us'] }, true],
    [{ property: 'region', not_in: ['eu'] }, false],
    [{ property: 'absent', not_in: ['eu'] }, true],
    [{ property: 'region', exists: true }, true],
    [{ property: 'none', exists: true }, false],
    [{ property: 'toString', exists: true }, false],
    [{ property: 'absent', exists: false }, true],
    [{ property: 'n', gt: '9.99' }, true],
    [{ property: 'n', gt: '10' }, false],
    [{ property: 'n', gte: '10.0' }, true],
    [{ property: 'n', lt: '10' }, false],
    [{ property: 'n', lte: '1e1' }, true],
    [{ property: 'big', gt: '9007199254740992' }, true],
    [{ property: 'text', lt: '2.51' }, true],
    [{ property: 'region', gt: '0' }, false],
    [{ property: 'absent', lt: '1' }, false],
  ] as const satisfies readonly (readonly [MeterFilter, boolean])[]) {
    assert.equal(matchesFilters([filter], properties), expected, JSON.stringify(filter));
  }
  assert.equal(
    matchesFilters(
      [
        { property: 'region', in: ['eu'] },
        { property: 'n', gt: '10' },
      ],
      properties,
    ),
    false,
  );
});

test('values are read exactly, from numbers and from text', () => {
  for (const [value, expected] of [
    [5, '5'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    ['12.50', '12.5'],
    ['1e3', '1000'],
    ['-0', '0'],
    [rawNumber('0.30000000000000004'), '0.30000000000000004'],
    [10n, '10'],
    ['1,5', undefined],
    ['+1', undefined],
    [' 1', undefined],
    ['.5', undefined],
    ['01', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    [Number.NaN, undefined],
    [2 ** 53, undefined],
    [rawNumber('1e400'), undefined],
    [null, undefined],
    [[1], undefined],
    [{}, undefined],
  ]) {
    assert.equal(propertyDecimal(value), expected, inspect(value));
  }
});

const NOTHING_ELSE = { meterId: 'mtr_1', text: undefined, amount: undefined, dimensions: undefined };

test('a count makes one of each event, a value meter its value, and a missing value is a problem', () => {
  assert.deepEqual(factOf({ ...METER, aggregation: 'count', valueProperty: null }, {}), {
    ...NOTHING_ELSE,
    value: '1',
  });
  assert.deepEqual(factOf(METER, { n: '3.0' }), { ...NOTHING_ELSE, value: '3' });
  const missing = factOf(METER, {});
  assert.ok(missing !== undefined && isFactProblem(missing) && missing.code === 'missing_value');
  const inherited = factOf({ ...METER, valueProperty: 'toString' }, {});
  assert.ok(inherited !== undefined && isFactProblem(inherited));
  assert.equal(factOf({ ...METER, filters: [{ property: 'x', exists: true }] }, {}), undefined);
});

test('dimensions are texts in the order of the meter, absent ones null', () => {
  const split = { ...METER, dimensions: ['region', 'model', '__proto__'] };
  const fact = factOf(split, { n: 1, model: 5, other: 'x' });
  assert.ok(fact !== undefined && !isFactProblem(fact));
  assert.equal(fact.dimensions, '{"region":null,"model":"5","__proto__":null}');
});

test('a multiplier, a text that is counted once, and a price are read beside the value', () => {
  const read = (meter: Partial<Meter>, properties: Record<string, unknown>) =>
    factOf({ ...METER, ...meter }, properties);
  const value = (found: ReturnType<typeof read>) =>
    found === undefined || isFactProblem(found) ? found : [found.value, found.text, found.amount];
  const code = (found: ReturnType<typeof read>) => found !== undefined && 'code' in found && found.code;

  assert.deepEqual(value(read({ settings: { multiplier: '0.001' } }, { n: '1500' })), [
    '1.5',
    undefined,
    undefined,
  ]);
  const large = { settings: { multiplier: '1e29' } };
  assert.equal(code(read(large, { n: '1e29' })), 'value_too_large');

  const users: Partial<Meter> = { aggregation: 'unique_count', settings: {} };
  assert.deepEqual(value(read(users, { n: 'ann' })), ['1', 'ann', undefined]);
  assert.deepEqual(value(read(users, { n: 1.5 })), ['1', '1.5', undefined]);
  assert.equal(code(read(users, { n: { deep: 1 } })), 'not_a_text');
  assert.equal(code(read(users, { n: null })), 'not_a_text');
  assert.equal(code(read(users, {})), 'missing_value');

  const seats: Partial<Meter> = {
    aggregation: 'unique_count',
    settings: { carriedOver: true, operationProperty: 'op' },
  };
  assert.deepEqual(value(read(seats, { n: 'ann' })), ['1', 'ann', undefined]);
  assert.deepEqual(value(read(seats, { n: 'ann', op: 'remove' })), ['0', 'ann', undefined]);
  assert.equal(code(read(seats, { n: 'ann', op: 'delete' })), 'not_an_operation');

  const priced: Partial<Meter> = { settings: { amountProperty: 'price' } };
  assert.deepEqual(value(read(priced, { n: 2, price: '0.25' })), ['2', undefined, '0.25']);
  assert.equal(code(read(priced, { n: 2 })), 'missing_value');
  assert.equal(code(read(priced, { n: 2, price: true })), 'not_a_decimal');
});

test('a value below zero is taken only by a meter that says so', () => {
  const negative = { n: -1 };
  const refused = factOf(METER, negative);
  assert.ok(refused !== undefined && isFactProblem(refused));
  assert.equal(refused.code, 'negative_value');
  const settings = { acceptsNegative: true };
  assert.deepEqual(factOf({ ...METER, settings }, negative), { ...NOTHING_ELSE, value: '-1' });
  const level = factOf({ ...METER, settings: { carriedOver: true } }, negative);
  assert.ok(level !== undefined && !isFactProblem(level), 'a running total goes down as well as up');
});
