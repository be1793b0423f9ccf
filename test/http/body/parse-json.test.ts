// JSON that comes in means the same when it goes out, or is refused with a place.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isExactNumber } from '#http/body/exact-number.ts';
import { JSON_DEPTH_MAX, parseJson, parseJsonText } from '#http/body/parse-json.ts';

/** A decimal of JSON as an exact fraction over a power of ten. */
function exact(source: string): { digits: bigint; power: number } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), power: Number(exponent) - fraction.length };
}

function sameValue(a: string, b: string): boolean {
  const [one, two] = [exact(a), exact(b)];
  const least = Math.min(one.power, two.power);
  return one.digits * 10n ** BigInt(one.power - least) === two.digits * 10n ** BigInt(two.power - least);
}

const number = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String)),
    fraction: fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^[0-9]{1,25}$/).map((digits) => `.${digits}`),
    ),
    exponent: fc.oneof(
      fc.constant(''),
      fc.integer({ min: -30, max: 30 }).map((power) => `e${power}`),
    ),
  })
  .map(({ sign, whole, fraction, exponent }) => sign + whole + fraction + exponent);

describe('numbers', () => {
  test('one is exact when its decimal value survives being read', () => {
    fc.assert(
      fc.property(number, (source) => {
        assert.equal(isExactNumber(source), sameValue(source, String(Number(source))), source);
      }),
    );
  });

  test('edges', () => {
    for (const source of ['0', '-0', '1.0', '0.1', '1e3', '9007199254740992', '1e21', '123456789012345e-5'])
      assert.ok(isExactNumber(source), source);
    for (const source of [
      '9007199254740993',
      '0.1000000000000000055511151231257827',
      '1e400',
      '-1e400',
      '1e-400',
      '1e999999999',
    ])
      assert.ok(!isExactNumber(source), source);
  });

  test('a body is refused exactly when a number in it is inexact', () => {
    fc.assert(
      fc.property(number, (source) => {
        const parsed = parseJsonText(`{"a":["x",${source}]}`);
        assert.equal(parsed.ok, isExactNumber(source));
        if (!parsed.ok) assert.equal(parsed.errors?.[0]?.pointer, '/a/1');
      }),
    );
  });
});

describe('values', () => {
  const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, false, 0, -7, 0.5),
      storable,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(
        storable.filter((name) => name !== '__proto__'),
        tie('any'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).any;

  test('what can be stored comes through unchanged, however it is written', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (wanted, space) => {
        const parsed = parseJson(new TextEncoder().encode(JSON.stringify(wanted, null, space)));
        assert.ok(parsed.ok, JSON.stringify(parsed));
        assert.deepEqual(parsed.value, wanted);
      }),
    );
  });

  test('any bytes are an answer, never a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        assert.equal(typeof parseJson(bytes).ok, 'boolean');
      }),
    );
    const shards = ['{', '}', '[', ']', '"', '\\', ':', ',', '1', '-', 'e', '\\u', 'd800', ' ', 'null', 'é'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...shards), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const parsed = parseJsonText(text);
        if (parsed.ok) assert.deepEqual(parsed.value, JSON.parse(text));
      }),
    );
  });

  test('nesting is allowed to the limit and not beyond, also inside texts', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    assert.ok(parseJsonText(nested(JSON_DEPTH_MAX)).ok);
    assert.ok(!parseJsonText(nested(JSON_DEPTH_MAX + 1)).ok);
    assert.ok(parseJsonText(JSON.stringify(nested(1000) + '\\"['.repeat(100))).ok);
    assert.ok(parseJsonText(`[${'[],'.repeat(1000)}[]]`).ok);
  });

  test('a name twice is found wherever it is, texts that look like one are not', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"b":{"a":1,"a":2}}',
      '[{"a":{},"a":[]}]',
      '{"a":{"x":1},"a":{"y":2}}',
    ]) {
      const parsed = parseJsonText(text);
      assert.equal(parsed.ok ? 'ok' : parsed.code, 'duplicate_member', text);
    }
    for (const text of ['{"a":"\\"a\\":1"}', '{"a":1,"b":{"a":1}}', '{"a:":":","::":1}'])
      assert.ok(parseJsonText(text).ok, text);
  });
});
