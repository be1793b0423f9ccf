// Laws of aggregation: neither the order of facts nor how they are split into rollups changes a quantity.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printDecimal } from '#actors/money/decimal.ts';
import {
  type Fact,
  MERGED_AGGREGATIONS,
  mergeRollups,
  quantityOf,
  type Rollup,
  rollUp,
} from '#actors/usage/aggregation.ts';
import { decimalOf } from '#test/support/arbitrary-prices.ts';

// Few times, so that many facts share one.
const time = fc
  .integer({ min: 0, max: 5 })
  .map((hours) => Temporal.Instant.from('2023-11-01T00:00Z').add({ hours }));

const facts: fc.Arbitrary<Fact[]> = fc
  .array(fc.record({ value: decimalOf(12, 10), negative: fc.boolean(), time }), { maxLength: 30 })
  .map((list) =>
    list.map(({ value, negative, time: at }, position) => ({
      value: negative ? value.negated() : value,
      time: at,
      sequence: BigInt(position),
    })),
  );

const quantities = (rollup: Rollup) =>
  MERGED_AGGREGATIONS.map((name) => printDecimal(quantityOf(name, rollup)));

test('the order of facts does not matter', () => {
  const shuffled = facts.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([inOrder, other]) => {
      assert.deepEqual(quantities(rollUp(other)), quantities(rollUp(inOrder)));
    }),
  );
});

test('rollups merge to what their facts give together', () => {
  fc.assert(
    fc.property(facts, fc.nat(30), (list, cut) => {
      const [left, right] = [rollUp(list.slice(0, cut)), rollUp(list.slice(cut))];
      assert.deepEqual(quantities(mergeRollups(left, right)), quantities(rollUp(list)));
      assert.deepEqual(quantities(mergeRollups(right, left)), quantities(rollUp(list)));
    }),
  );
});
