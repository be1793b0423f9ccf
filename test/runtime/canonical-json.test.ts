// The text that hashes compare.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '#runtime/canonical-json.ts';

test('member order does not matter, array order does', () => {
  assert.equal(canonicalJson({ b: [1, 2], a: { d: null, c: 'x' } }), '{"a":{"c":"x","d":null},"b":[1,2]}');
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('an undefined member is an absent member', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), canonicalJson({ b: 1 }));
});

test('what JSON cannot hold is refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, undefined, () => 1]) {
    assert.throws(() => canonicalJson(value), TypeError);
  }
});

test('the text parses back to the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(JSON.parse(canonicalJson(plain)), plain);
    }),
  );
});
