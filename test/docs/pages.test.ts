// The index of the documentation names every page, and no link of any page leads nowhere.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { sourceFiles } from '#test/support/source-tree.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = sourceFiles('.md');

/** Project paths that a page links to. */
function linksOf({ path, text }: (typeof pages)[number]): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(path), target));
}

test('docs/README.md names every page of the documentation', () => {
  const index = pages.find(({ path }) => path === 'docs/README.md');
  assert.ok(index);
  const linked = new Set(linksOf(index));
  const unnamed = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && path !== index.path && !linked.has(path));
  assert.deepEqual(unnamed, []);
});

test('every link between files of the project leads somewhere', () => {
  const links = pages.flatMap((page) => linksOf(page).map((to) => ({ from: page.path, to })));
  assert.deepEqual(
    links.filter(({ to }) => !existsSync(join(ROOT, to))),
    [],
  );
  assert.ok(links.length > 30);
});

test('a decision has a number of its own, says what was decided, and why', () => {
  const decisions = pages.filter(({ path }) => path.startsWith('docs/decisions/'));
  const numbers = decisions.map(({ path }) => path.split('/').at(-1)?.slice(0, 4) ?? '');
  assert.equal(new Set(numbers).size, decisions.length);
  const wrong = decisions.filter(
    ({ path, text }) =>
      !/\/\d{4}(-[a-z0-9]+)+\.md$/.test(path) ||
      !/^# \S.*\n\n\*\*Decision\.\*\* /.test(text) ||
      !/^\*\*Why\.\*\* /m.test(text),
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});
