// Every code with which something can be refused has a status and a title; codes read like codes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemResponse, refuse } from '#http/problem.ts';
import { PROBLEMS } from '#http/problem-codes.ts';
import { sourceFiles } from '#test/support/source-tree.ts';

/** What actors, commands and routes refuse with; details of single fields are not answers of their own. */
const REFUSALS = /\b(?:reject|refuse|refuseFields)\(\s*'([a-z_]+)'/g;

/** What settings of a meter and destinations are refused with is handed on in a variable. */
const HANDED_ON = /^(actors\/usage\/meter-settings|notifications\/webhooks\/destination)\.ts$/;
const CODES = /\bcode: '([a-z_]+)'/g;

/** Ingest has its own list of problems; the in-process API has a code that HTTP answers as 202. */
const OTHERS = /^runtime\/(ingest\/|command-api\.ts)/;

test('every code that is used is in the table', () => {
  const used = new Map<string, string>();
  for (const { path, text } of sourceFiles('.ts')) {
    if (!/^(actors|runtime|notifications|http)\//.test(path) || OTHERS.test(path)) continue;
    for (const [, code = ''] of text.matchAll(REFUSALS)) used.set(code, path);
    if (!HANDED_ON.test(path)) continue;
    for (const [, code = ''] of text.matchAll(CODES)) used.set(code, path);
  }
  assert.ok(used.size > 30, `only ${used.size} codes were found`);
  const unknown = [...used].filter(([code]) => !Object.hasOwn(PROBLEMS, code));
  assert.deepEqual(unknown, []);
});

test('statuses are errors, titles say something, codes are snake_case', () => {
  for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
    assert.match(code, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    assert.ok(status >= 400 && status < 600, code);
    assert.ok(title.length > 5, code);
  }
});

test('an unknown code shows nothing of itself', async () => {
  const response = problemResponse(refuse('leaky_code', 'select * from secrets'), 'req_1');
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.ok(!/leaky|secrets/.test(text), text);
});
