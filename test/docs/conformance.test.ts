// docs/conformance.md says what the facts test tries, and of every fact.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONFORMANCE_PAGE, conformancePage } from '../facts/conformance.ts';
import { factsOf, SOURCES } from '../facts/facts.ts';

const stands = readFileSync(join(import.meta.dirname, '../..', CONFORMANCE_PAGE), 'utf8');

test('the page of conformance is what `npm run conformance` writes', () => {
  assert.equal(stands, conformancePage());
});

test('it counts every fact', () => {
  const facts = SOURCES.flatMap(factsOf);
  const [, all, ...parts] = /\| \*\*all\*\* \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|/.exec(stands) ?? [];
  assert.equal(Number(all), facts.length);
  assert.equal(
    parts.reduce((sum, part) => sum + Number(part), 0),
    facts.length,
  );
});
