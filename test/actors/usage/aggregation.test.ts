// Proves what each aggregation makes of the same facts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import {
  EMPTY_ROLLUP,
  type Fact,
  MERGED_AGGREGATIONS,
  quantityOf,
  rollUp,
} from '#actors/usage/aggregation.ts';

const fact = (value: string, time: string, sequence: bigint): Fact => ({
  value: decimal(value),
  time: Temporal.Instant.from(time),
  sequence,
});
const facts = [
  fact('10', '2023-11-01T00:00Z', 1n),
  fact('20', '2023-11-03T00:00Z', 3n),
  fact('7', '2023-11-03T00:00Z', 4n),
  fact('-5.5', '2023-11-02T00:00Z', 2n),
];
const quantities = (of: readonly Fact[]) =>
  Object.fromEntries(MERGED_AGGREGATIONS.map((name) => [name, printDecimal(quantityOf(name, rollUp(of)))]));

test('count, sum, extremes, average and the latest by time, then by order of ingest', () => {
  const expected = { count: '4', sum: '31.5', max: '20', min: '-5.5', latest: '7', average: '7.875' };
  assert.deepEqual(quantities(facts), expected);
});

test('an average that does not end is rounded once, half away from zero, at the 18th place', () => {
  const thirds = ['-1', '0', '0'].map((value, i) => fact(value, '2023-11-01T00:00Z', BigInt(i)));
  assert.equal(quantities(thirds)['average'], '-0.333333333333333333');
  const rounded = ['0.000000000000000001', '0'].map((value, i) =>
    fact(value, '2023-11-01T00:00Z', BigInt(i)),
  );
  assert.equal(quantities(rounded)['average'], '0.000000000000000001');
});

test('nothing counted is a quantity of zero', () => {
  assert.deepEqual(rollUp([]), EMPTY_ROLLUP);
  const zeros = { count: '0', sum: '0', max: '0', min: '0', latest: '0', average: '0' };
  assert.deepEqual(quantities([]), zeros);
});
