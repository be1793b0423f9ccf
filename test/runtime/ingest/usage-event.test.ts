// The canonical event: spellings of one value are one event, other values are another, and nothing in process slips through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { canonicalProperties } from '#runtime/ingest/canonical-properties.ts';
import { bodyHash, identityKey } from '#runtime/ingest/event-identity.ts';
import { canonicalTime } from '#runtime/ingest/event-time.ts';
import { parseExactJson } from '#runtime/ingest/exact-json.ts';
import { checkUsageEvent, type UsageEvent } from '#runtime/ingest/usage-event.ts';
import type { UsageProblem } from '#runtime/ingest/usage-problem.ts';

function check(event: object): UsageEvent {
  const problems: UsageProblem[] = [];
  const checked = checkUsageEvent(event, '', problems);
  if (checked === undefined) throw new Error(JSON.stringify(problems));
  return checked;
}

const EVENT = {
  id: '1',
  type: 'call',
  customer: 'c',
  time: '2023-11-05T10:00:00Z',
  properties: { a: 1, b: [1.5] },
};
const hashOf = (event: object) => bodyHash(check(event), 'cus_1');

test('another spelling hashes alike', () => {
  for (const same of [
    { ...EVENT, properties: { b: [1.5], a: 1 } },
    { ...EVENT, time: '2023-11-05T11:00:00.000000900+01:00' },
    { ...EVENT, time: '2023-11-05t10:00:00z' },
    { ...EVENT, subscription: null },
    { ...EVENT, properties: { a: 1, b: [1.5], c: undefined } },
    { ...EVENT, customer: 'another reference of the same customer' },
    {
      specversion: '1.0',
      source: 's',
      id: '1',
      type: 'call',
      subject: 'c',
      time: EVENT.time,
      data: EVENT.properties,
    },
  ]) {
    assert.equal(hashOf(same), hashOf(EVENT), JSON.stringify(same));
  }
});

test('a number sent as text hashes as the number, wherever it stands', () => {
  for (const [text, number] of [
    [{ a: '1.0' }, { a: 1 }],
    [
      { a: '1e2', b: '-0.50' },
      { a: 100, b: -0.5 },
    ],
    [
      { a: ['1', '2.0', 'x'], b: { c: '0.0', d: ['3'] } },
      { a: [1, 2, 'x'], b: { c: 0, d: [3] } },
    ],
    [
      { 'a:': ':', b: ',"1"', 'c,': '2' },
      { 'a:': ':', b: ',"1"', 'c,': 2 },
    ],
    [{ a: '12345678901234567890.10' }, { a: '12345678901234567890.1' }],
  ]) {
    assert.equal(hashOf({ ...EVENT, properties: text }), hashOf({ ...EVENT, properties: number }));
  }
});

/** Hash of the first event of a body as it comes over the wire. */
function hashOfSent(numeral: string, neighbours: readonly string[]): string {
  const event = `{"id":"1","type":"call","customer":"c","properties":{"b":[${numeral}],"a":{"c":${numeral}}}}`;
  const parsed = parseExactJson(`[${[event, ...neighbours].join(',')}]`);
  if (!parsed.ok) throw new Error(parsed.message);
  const [first] = parsed.value as [object];
  return hashOf(first);
}

test('an event sent again hashes alike, whatever else is in the body and however its numbers are written', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})$/);
  const numeral = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.stringMatching(/^(\.\d{1,20})?$/),
      fc.constantFrom('', 'e0', 'E+2', 'e-3'),
    )
    .map((parts) => parts.join(''));
  const long = '{"id":"2","type":"call","customer":"c","properties":{"x":12345678901234567890.5}}';
  fc.assert(
    fc.property(numeral, (written) => {
      const alone = hashOfSent(written, []);
      assert.equal(hashOfSent(written, [long]), alone);
      const [mantissa = '', power] = written.split(/e/i);
      const longer = `${mantissa.includes('.') ? mantissa : `${mantissa}.`}0`;
      assert.equal(hashOfSent(power === undefined ? longer : `${longer}e${power}`, [long]), alone);
    }),
  );
});

test('the hash of an event is the same in every release: stored ones are compared with those to come', () => {
  const numbers = { a: '12.50', b: [1e-7, 100, -0], c: { d: 'x', e: null, f: true } };
  assert.deepEqual(
    [EVENT, { ...EVENT, time: undefined, subscription: 'sub_1' }, { ...EVENT, properties: numbers }].map(
      hashOf,
    ),
    ['5584382834699941722', '3089315040069159376', '6171773937695592660'],
  );
  assert.equal(identityKey('ten_1', { source: 's', id: '1' }), '4304f9d23a7820b29d8138f6395e6b4d');
});

test('another event hashes differently', () => {
  const others = [
    EVENT,
    { ...EVENT, type: 'call2' },
    { ...EVENT, subscription: 'sub_1' },
    { ...EVENT, time: undefined },
    { ...EVENT, time: '2023-11-05T10:00:00.000001Z' },
    { ...EVENT, properties: { a: '01', b: [1.5] } },
    { ...EVENT, properties: { a: '1.', b: [1.5] } },
    { ...EVENT, properties: { a: '1e400', b: [1.5] } },
    { ...EVENT, properties: { a: '1,"b":[1.5],"c":"', b: [1.5] } },
    { ...EVENT, properties: { a: '1', b: '1.5' } },
    { ...EVENT, properties: { '1': 1, b: [1.5] } },
    { ...EVENT, properties: { a: 1 } },
    { ...EVENT, properties: {} },
  ];
  assert.equal(new Set([...others.map(hashOf), bodyHash(check(EVENT), 'cus_2')]).size, others.length + 1);
});

test('identity is tenant, source and id, whatever their lengths; twins in Unicode are two ids', () => {
  const keys = [
    identityKey('a', { source: 'b', id: 'c' }),
    identityKey('ab', { source: '', id: 'c' }),
    identityKey('a', { source: '', id: 'bc' }),
    identityKey('a', { source: 'bc', id: '' }),
    identityKey('a', { source: 'b', id: 'caf\u00e9' }),
    identityKey('a', { source: 'b', id: 'cafe\u0301' }),
  ];
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});

test('the canonical text does not depend on the order of keys and reads back as the same value', () => {
  const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => JSON.stringify(value).length < 1_000);
  const object = fc.dictionary(fc.string({ unit: 'binary' }), json, { maxKeys: 4 });
  fc.assert(
    fc.property(object, (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      const text = canonicalProperties(value, '');
      assert.deepEqual(canonicalProperties(shuffled, ''), text);
      if (typeof text === 'string') assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what JSON cannot hold is refused in process too', () => {
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    1e21,
    () => 1,
    Symbol('x'),
    new Date(0),
    new Map(),
    [undefined],
  ]) {
    const text = canonicalProperties({ value }, '/p');
    assert.ok(typeof text !== 'string' && text.pointer.startsWith('/p/value'), inspect(value));
  }
  assert.equal(
    canonicalProperties({ value: 12_345_678_901_234_567_890n }, ''),
    '{"value":12345678901234567890}',
  );
});

test('properties of another kind than a plain object are refused in process', () => {
  for (const properties of [new Date(0), new Map(), Object.create({ inherited: 1 })]) {
    const text = canonicalProperties(properties, '/p');
    assert.ok(typeof text !== 'string' && text.code === 'not_json');
  }
});

test('times are cut to microseconds in UTC, or refused', () => {
  for (const [text, expected] of [
    ['2023-11-16T18:15:46.6805909Z', '2023-11-16T18:15:46.680590Z'],
    ['2023-11-16T18:15:46Z', '2023-11-16T18:15:46.000000Z'],
    ['2023-11-16 18:15:46.5Z', '2023-11-16T18:15:46.500000Z'],
    ['2023-11-16T23:45:46.9999999-05:30', '2023-11-17T05:15:46.999999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000000Z'],
  ] as const) {
    assert.equal(canonicalTime(text), expected, text);
  }
  for (const text of [
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-00-01T00:00:00Z',
    '2023-01-00T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:61Z',
    '2023-01-01T00:00:00',
    '2023-01-01',
    '2023-01-01T00:00Z',
    '2023-01-01T00:00:00+25:00',
    '+012023-01-01T00:00:00Z',
    '2023-01-01T00:00:00.Z',
    '2023-01-01T00:00:00Z\n',
    'now',
    'infinity',
    '',
  ]) {
    assert.equal(canonicalTime(text), undefined, text);
  }
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
      assert.equal(canonicalTime(date.toISOString()), date.toISOString().replace('Z', '000Z'));
    }),
  );
});
