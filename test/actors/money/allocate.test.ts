// Proves that a split adds up, by largest remainder with ties by position.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate } from '#actors/money/allocate.ts';
import { decimal } from '#actors/money/decimal.ts';

const split = (total: bigint, ...weights: string[]) =>
  allocate(
    total,
    weights.map((weight) => decimal(weight)),
  );

test('the largest remainder gets the missing unit', () => {
  assert.deepEqual(split(10000n, '1', '2', '3'), [1667n, 3333n, 5000n]);
  assert.deepEqual(split(100n, '0.001', '0.002'), [33n, 67n]);
  assert.deepEqual(split(1n, '100', '1'), [1n, 0n]);
});

test('equal remainders go to the earlier position', () => {
  assert.deepEqual(split(100n, '1', '1', '1'), [34n, 33n, 33n]);
  assert.deepEqual(split(2n, '1', '1', '1', '1'), [1n, 1n, 0n, 0n]);
});

test('a debt is split like its positive twin', () => {
  assert.deepEqual(split(-100n, '1', '1', '1'), [-34n, -33n, -33n]);
});

test('a weight of zero gets nothing', () => {
  assert.deepEqual(split(101n, '0', '1', '0', '1'), [0n, 51n, 0n, 50n]);
});

test('without weights only nothing can be split', () => {
  assert.deepEqual(split(0n, '0', '0'), [0n, 0n]);
  assert.deepEqual(split(0n), []);
  assert.throws(() => split(1n, '0', '0'), RangeError);
  assert.throws(() => split(1n), RangeError);
  assert.throws(() => split(1n, '2', '-1'), RangeError);
});
