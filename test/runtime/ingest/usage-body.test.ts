// Bodies of usage: every form is read, numbers keep their digits, and what is broken is a value with a place and a code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBody } from '#runtime/ingest/admit.ts';
import { parseUsageBody, STREAM_EVENTS_MAX } from '#runtime/ingest/usage-body.ts';
import { BATCH_EVENTS_MAX } from '#runtime/ingest/usage-event.ts';

const EVENT = { id: '1', type: 'call', customer: 'c', properties: { n: 1 } };

function problems(text: string, contentType?: string): string[] {
  const body = parseUsageBody(text, contentType);
  if (!body.ok) return body.problems.map(({ pointer, code }) => `${pointer} ${code}`);
  const checked = checkBody(body.events, body.shape);
  return checked.ok ? [] : checked.problems.map(({ pointer, code }) => `${pointer} ${code}`);
}

function propertiesText(text: string): string | undefined {
  const body = parseUsageBody(text);
  const checked = body.ok ? checkBody(body.events, body.shape) : body;
  return checked.ok ? checked.events[0]?.text : undefined;
}

test('one event, a batch, a list, lines and CloudEvents are all read', () => {
  const cloud = {
    specversion: '1.0',
    id: '1',
    source: 's',
    type: 'call',
    subject: 'c',
    data: { n: 1 },
    traceparent: 'x',
  };
  for (const [text, type, shape, count] of [
    [JSON.stringify(EVENT), 'application/json', 'single', 1],
    [JSON.stringify({ events: [EVENT, EVENT] }), 'application/json; charset=utf-8', 'events', 2],
    [JSON.stringify([EVENT, EVENT]), undefined, 'list', 2],
    [`${JSON.stringify(EVENT)}\r\n\n${JSON.stringify(EVENT)}\n`, 'application/x-ndjson', 'list', 2],
    [JSON.stringify(cloud), 'application/cloudevents+json', 'single', 1],
    [JSON.stringify([cloud, cloud]), 'application/cloudevents-batch+json', 'list', 2],
  ] as const) {
    const body = parseUsageBody(text, type);
    assert.ok(body.ok, text);
    assert.deepEqual([body.shape, body.events.length], [shape, count]);
    const checked = checkBody(body.events, body.shape);
    assert.ok(checked.ok, text);
    assert.deepEqual([checked.events[0]?.customer, checked.events[0]?.text], ['c', '{"n":1}']);
  }
});

test('a broken body is refused with its place', () => {
  for (const [text, expected] of [
    ['', ' malformed_json'],
    ['{', ' malformed_json'],
    ['{"id":NaN}', ' malformed_json'],
    ['\ufeff{}', ' malformed_json'],
    ['7', ' not_an_object'],
    ['null', ' not_an_object'],
    ['12345678901234567890', ' not_an_object'],
    ['"text"', ' not_an_object'],
    ['[]', ' no_events'],
    ['{"events":7}', '/events not_a_list'],
    ['{"events":[],"more":1}', '/more unknown_field'],
    ['[7]', '/0 not_an_object'],
    ['[[]]', '/0 not_an_object'],
    ['{"events":[null]}', '/events/0 not_an_object'],
    ['{}', '/id required'],
    [JSON.stringify({ ...EVENT, id: 7 }), '/id not_a_text'],
    [JSON.stringify({ ...EVENT, id: '' }), '/id required'],
    [JSON.stringify({ ...EVENT, id: 'x'.repeat(256) }), '/id text_too_long'],
    [JSON.stringify({ ...EVENT, id: 'ü'.repeat(128) }), '/id text_too_long'],
    [JSON.stringify({ ...EVENT, id: 'a\0b' }), '/id invalid_text'],
    ['{"id":"\\ud800","type":"t","customer":"c"}', '/id invalid_text'],
    [JSON.stringify({ ...EVENT, 'a/b~c': 1 }), '/a~1b~0c unknown_field'],
    [JSON.stringify({ ...EVENT, time: '2023-11-31T00:00:00Z' }), '/time invalid_time'],
    [JSON.stringify({ ...EVENT, time: 1700000000 }), '/time invalid_time'],
    [JSON.stringify({ ...EVENT, time: '1969-12-31T23:59:59Z' }), '/time time_too_early'],
    [JSON.stringify({ ...EVENT, properties: [1] }), '/properties not_an_object'],
    [JSON.stringify({ ...EVENT, properties: { n: 'a\0' } }), '/properties/n invalid_text'],
    [JSON.stringify({ ...EVENT, properties: { 'k\0': 1 } }), '/properties/k\0 invalid_text'],
    [JSON.stringify({ ...EVENT, properties: { a: [{ b: '\ud800' }] } }), '/properties/a/0/b invalid_text'],
    [JSON.stringify({ ...EVENT, properties: { n: 'x'.repeat(8_192) } }), '/properties properties_too_large'],
    [
      '{"specversion":"0.3","id":"1","source":"s","type":"t","subject":"c"}',
      '/specversion unknown_specversion',
    ],
    ['{"specversion":"1.0","id":"1","source":"s","type":"t"}', '/subject required'],
    [
      '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"c","data_base64":"AA=="}',
      '/data_base64 unknown_field',
    ],
  ] as const) {
    assert.ok(problems(text).includes(expected), `${text.slice(0, 80)}: ${problems(text).join('; ')}`);
  }
});

test('a name that stands twice is refused, wherever it is; colons in texts are none', () => {
  for (const text of [
    '{"id":"1","id":"1","type":"t","customer":"c"}',
    '{"id":"1","type":"t","customer":"c","properties":{"a":1,"a":2}}',
    '[{"id":"1","type":"t","customer":"c","properties":{"a":[{"b":9007199254740993,"b":1}]}}]',
    '{"id":"1","type":"t","customer":"c","properties":{"__proto__":1,"__proto__":2}}',
    '{"events":[],"events":[]}',
  ]) {
    assert.deepEqual(problems(text), [' duplicate_member'], text);
  }
  const odd = { a: '"x":1', 'b"\\': ':', c: '\\":', d: { e: ['{"f":1}'] }, n: '::' };
  assert.deepEqual(problems(JSON.stringify({ ...EVENT, properties: odd })), []);
});

test('lines are refused at the line that is broken', () => {
  const line = JSON.stringify(EVENT);
  assert.deepEqual(problems(`${line}\n{"id":\n${line}`, 'application/x-ndjson'), ['/1 malformed_json']);
  assert.deepEqual(problems(`${line}\n{}`, 'application/x-ndjson')[0], '/1/id required');
  assert.deepEqual(problems('\n\n', 'application/ndjson'), [' no_events']);
});

test('more events than a batch are refused; lines may be more', () => {
  const many = (count: number) => Array.from({ length: count }, () => EVENT);
  assert.deepEqual(problems(JSON.stringify(many(BATCH_EVENTS_MAX))), []);
  assert.deepEqual(problems(JSON.stringify(many(BATCH_EVENTS_MAX + 1))), [' too_many_events']);
  assert.deepEqual(problems(JSON.stringify({ events: many(BATCH_EVENTS_MAX + 1) })), [
    '/events too_many_events',
  ]);
  const lines = (count: number) =>
    many(count)
      .map((event) => JSON.stringify(event))
      .join('\n');
  assert.deepEqual(problems(lines(STREAM_EVENTS_MAX), 'application/x-ndjson'), []);
  assert.deepEqual(problems(lines(STREAM_EVENTS_MAX + 1), 'application/x-ndjson'), [' too_many_events']);
});

test('a body nested a hundred thousand levels deep is refused, wherever the depth is', () => {
  const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);
  for (const text of [
    deep(100_000, '[', ']'),
    '['.repeat(100_000),
    `{"id":"1","type":"t","customer":"c","properties":{"a":${deep(100_000, '[', ']')}}}`,
    `{"id":"1","type":"t","customer":"c","properties":{"a":${deep(20_000, '[', ']')}}}`,
    `{"id":"1","type":"t","customer":"c","properties":{"n":12345678901234567890,"a":${deep(20_000, '[', ']')}}}`,
    `{"id":"1","type":"t","customer":"c","properties":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`,
    `{"id":"1","type":"t","customer":"c","properties":{"a":${deep(9, '[', ']')}}}`,
  ]) {
    const [first = ''] = problems(text);
    assert.match(first, /(nested_too_deep|malformed_json|not_an_object)$/, text.slice(0, 60));
  }
  assert.deepEqual(problems(JSON.stringify({ ...EVENT, properties: { a: [[[[[[1]]]]]] } })), []);
  const brackets = JSON.stringify({ ...EVENT, properties: { a: `${'[{'.repeat(1_000)}\\"[[` } });
  assert.deepEqual(problems(`[${Array.from({ length: 40 }, () => brackets).join(',')}]`), []);
});

test('numbers keep every digit or are refused', () => {
  for (const [written, expected] of [
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['0.1', '0.1'],
    ['0.10', '0.1'],
    ['1.0', '1'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['1e3', '1000'],
    ['1E+2', '100'],
    ['1e-7', '0.0000001'],
    ['0.00000012', '0.00000012'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['0.123456789012345678901234567891', '0.123456789012345678901234567891'],
    ['1e29', '100000000000000000000000000000'],
  ] as const) {
    const text = `{"id":"1","type":"t","customer":"c","properties":{"n":${written}}}`;
    assert.equal(propertiesText(text), `{"n":${expected}}`, written);
  }
  for (const written of ['1e400', '-1e400', '1e-400', '1e30', `${'9'.repeat(400)}`, `0.${'1'.repeat(31)}`]) {
    const text = `{"id":"1","type":"t","customer":"c","properties":{"n":${written}}}`;
    assert.deepEqual(problems(text), ['/properties/n number_out_of_range'], written);
  }
  assert.deepEqual(problems('{"id":"1","type":"t","customer":"c","properties":{"n":Infinity}}'), [
    ' malformed_json',
  ]);
});

test('strange keys are kept as they are', () => {
  assert.equal(
    propertiesText(
      '{"id":"1","type":"t","customer":"c","properties":{"constructor":1,"__proto__":{"x":1},"toJSON":"a"}}',
    ),
    '{"__proto__":{"x":1},"constructor":1,"toJSON":"a"}',
  );
  const wide = JSON.stringify({
    ...EVENT,
    properties: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 1])),
  });
  assert.deepEqual(problems(wide), ['/properties properties_too_large']);
});
