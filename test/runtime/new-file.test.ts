// A file that several processes make at once is whole for each of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createNewFile } from '#runtime/new-file.ts';

const CHILD = join(import.meta.dirname, '../support/new-file-child.ts');
const FILES = 2_000;

test('a file that is there stays as it is, and no draft is left', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'accrue-new-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(createNewFile(join(folder, 'name'), 'first'), true);
  assert.equal(createNewFile(join(folder, 'name'), 'second'), false);
  assert.equal(readFileSync(join(folder, 'name'), 'utf8'), 'first');
  assert.deepEqual(readdirSync(folder), ['name']);
});

test('processes that make the same files together all read the same text, never an empty one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'accrue-new-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const run = promisify(execFile);
  const readers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { stdout } = await run(process.execPath, [CHILD, folder, String(FILES)]);
      return JSON.parse(stdout) as string[];
    }),
  );
  for (const [name, texts] of readers.entries()) {
    assert.deepEqual(texts, readers[0], `the reader ${name} saw what the first saw`);
  }
  assert.ok(readers[0]?.every((text) => text.startsWith('made by ')));
});
