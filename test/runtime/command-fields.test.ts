// What the fields of commands let through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { email, instant, key, text } from '#runtime/commands/fields.ts';
import { meterCreate } from '#runtime/commands/meter-commands.ts';

const passes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

test('an instant is read in any offset and leaves in one form', () => {
  assert.equal(instant.parse('2023-11-01T01:00:00+01:00'), '2023-11-01T00:00:00.000000Z');
  assert.equal(instant.parse('2023-11-01T00:00:00.123456789Z'), '2023-11-01T00:00:00.123456Z');
});

test('an instant that no calendar or column can hold is refused, not thrown', () => {
  const bad = ['', 'x', '2023-11-01', '2023-11-01T00:00:00', '2023-02-30T00:00:00Z', '2016-12-31T23:59:60Z'];
  const far = [
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2023-01-01T00:00:00.1234567899Z',
    '2023-01-01T24:00:00Z',
  ];
  for (const value of [...bad, ...far, 0, null]) assert.ok(!passes(instant, value), String(value));
});

test('a text that the database cannot hold is refused', () => {
  for (const value of ['', 'a\0', '\ud800', 'x'.repeat(11)]) assert.ok(!passes(text(10), value));
  assert.ok(passes(text(10), '😀 Ä'));
});

test('keys are short, plain and cannot pass for something else', () => {
  for (const value of ['a', 'api-calls', 'v1.tokens:in', '9lives']) assert.ok(passes(key, value), value);
  for (const value of ['', '-a', 'a b', 'a/b', 'ä', 'x'.repeat(101), 'a\n'])
    assert.ok(!passes(key, value), value);
});

test('a mail address cannot carry a header', () => {
  for (const value of ['a@b.test\nBcc: c@d.test', 'a@b', 'a b@c.test'])
    assert.ok(!passes(email, value), value);
});

test('a filter has one condition, and its bound is a decimal', () => {
  const meter = { key: 'm', name: 'M', eventType: 'e', aggregation: 'count' };
  const filters = (...all: unknown[]) => passes(meterCreate, { ...meter, filters: all });
  assert.ok(
    filters({ property: 'p', in: ['a'] }, { property: 'p', gte: '1.5' }, { property: 'p', exists: false }),
  );
  assert.ok(!filters({ property: 'p' }));
  assert.ok(!filters({ property: 'p', in: ['a'], gt: '1' }));
  assert.ok(!filters({ property: 'p', gt: '1,5' }));
  assert.ok(!filters({ property: 'p', in: [] }));
});

test('an unknown field is refused', () => {
  assert.ok(
    !passes(meterCreate, { key: 'm', name: 'M', eventType: 'e', aggregation: 'count', colour: 'red' }),
  );
});
