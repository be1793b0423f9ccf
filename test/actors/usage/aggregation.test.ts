// Proves what each aggregation makes of the same facts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { AGGREGATIONS, EMPTY_ROLLUP, type Fact, quantityOf, rollUp } from '#actors/usage/aggregation.ts';

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
  Object.fromEntries(AGGREGATIONS.map((name) => [name, printDecimal(quantityOf(name, rollUp(of)))]));

test('count, sum, extremes and the latest by time, then by order of ingest', () => {
  assert.deepEqual(quantities(facts), { count: '4', sum: '31.5', max: '20', min: '-5.5', latest: '7' });
});

test('nothing counted is a quantity of zero', () => {
  assert.deepEqual(rollUp([]), EMPTY_ROLLUP);
  assert.deepEqual(quantities([]), { count: '0', sum: '0', max: '0', min: '0', latest: '0' });
});
