// The house rules that a machine can hold: directions of imports, sizes, names, opening comments, folder pages,
// time and randomness in SQL, and nothing in the project that belongs to the machine it was written on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { checkImports } from './support/import-table.ts';
import { type SourceFile, sourceFiles, templateTexts, withoutComments } from './support/source-tree.ts';

const FILE_LINES_MAX = 300;
const TEST_LINES_MAX = 500;
const FILE_LINES_P95_MAX = 200;
const FILE_LINES_MEDIAN_MAX = 70;
const FOLDER_DEPTH_MAX = 4;
const TOP_FOLDERS = ['actors', 'db', 'runtime', 'notifications', 'jobs', 'http'];
const HEADINGS = ['## Owns', '## Does not own', '## Invariants'];

const typescript = sourceFiles('.ts');
const sources = typescript.filter(({ path }) => !/^(test|bench|examples)\//.test(path));
const migrations = sourceFiles('.sql').filter(({ path }) => path.startsWith('db/migrations/'));

const lines = ({ text }: SourceFile): number => text.trimEnd().split('\n').length;
const none = (found: readonly string[]): void => assert.deepEqual(found, []);

describe('imports', () => {
  test('go one way', () => {
    const { checked, violations } = checkImports(typescript);
    none(violations);
    assert.ok(checked > 100, `only ${checked} imports were looked at`);
  });

  const forbidden: readonly (readonly [string, string])[] = [
    ['actors/x.ts', '#db/scope.ts'],
    ['actors/x.ts', 'node:fs'],
    ['actors/x.ts', 'decimal.js'],
    ['actors/money/money.ts', 'decimal.js'],
    ['db/x.ts', '#runtime/clock.ts'],
    ['db/x.ts', '../runtime/clock.ts'],
    ['runtime/x.ts', '#jobs/x.ts'],
    ['notifications/x.ts', '#jobs/x.ts'],
    ['jobs/x.ts', '#http/x.ts'],
    ['http/x.ts', '#db/commands.ts'],
    ['http/x.ts', '#actors/decisions/x.ts'],
    ['http/x.ts', 'bullmq'],
    ['runtime/x.ts', '#test/support/database.ts'],
    ['index.ts', '#test/support/database.ts'],
    ['elsewhere/x.ts', '#db/scope.ts'],
  ];
  for (const [from, to] of forbidden) {
    test(`${from} may not import ${to}`, () => {
      for (const text of [
        `import { x } from '${to}';`,
        `import type { x } from '${to}';`,
        `await import('${to}');`,
      ]) {
        assert.equal(checkImports([{ path: from, text }]).violations.length, 1, text);
      }
    });
  }

  test('what the table allows passes', () => {
    const allowed: readonly SourceFile[] = [
      {
        path: 'http/x.ts',
        text: `import { x } from '#db/views/x.ts';\nimport { y } from 'hono/body-limit';`,
      },
      { path: 'http/web-entry.ts', text: `import { x } from '#jobs/x.ts';` },
      { path: 'actors/money/decimal.ts', text: `import { Decimal } from 'decimal.js';` },
      { path: 'runtime/x.ts', text: `import fs from 'node:fs';\nimport { x } from './postgres/x.ts';` },
    ];
    none(checkImports(allowed).violations);
  });
});

describe('sizes', () => {
  test('no file is long', () => {
    const limit = ({ path }: SourceFile): number =>
      path.startsWith('test/') ? TEST_LINES_MAX : FILE_LINES_MAX;
    none(
      typescript
        .filter((file) => lines(file) > limit(file))
        .map((file) => `${file.path} has ${lines(file)} lines`),
    );
  });

  test('most files are short', () => {
    const sorted = sources.map(lines).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    assert.ok(at(0.5) <= FILE_LINES_MEDIAN_MAX, `the median is ${at(0.5)} lines`);
    assert.ok(at(0.95) <= FILE_LINES_P95_MAX, `the 95th percentile is ${at(0.95)} lines`);
  });

  test('folders are not deep', () => {
    none(typescript.map(({ path }) => path).filter((path) => path.split('/').length - 1 > FOLDER_DEPTH_MAX));
  });

  test('the linter holds functions to 70 lines and 3 parameters', () => {
    const { rules } = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as {
      rules: Record<string, unknown[]>;
    };
    assert.partialDeepStrictEqual(rules['max-lines-per-function'], ['error', { max: 70 }]);
    assert.partialDeepStrictEqual(rules['max-params'], ['error', { max: 3 }]);
  });
});

describe('names and openings', () => {
  const BANNED = /(^|[/-])(utils?|helpers?|common|managers?|services?|handlers?|misc|data|info)([-./]|$)/;

  test('a file name says a role, in kebab-case', () => {
    const bad = typescript.filter(
      ({ path }) => BANNED.test(path) || !/^[a-z0-9-]+(\.test)?\.ts$/.test(path.split('/').at(-1) ?? ''),
    );
    none(bad.map(({ path }) => path));
  });

  test('a file opens with one to four lines that say what it owns', () => {
    const opening = (text: string): number =>
      /^(\/\/ .*\n)*/.exec(text)?.[0].split('\n').slice(0, -1).length ?? 0;
    const bad = typescript.filter(({ text }) => opening(text) < 1 || opening(text) > 4);
    none(bad.map(({ path }) => path));
  });

  test('a migration goes up and down, and says what it makes', () => {
    const bad = migrations.filter(
      ({ text }) => !/^-- Up Migration\n-- \S/.test(text) || !/^-- Down Migration$/m.test(text),
    );
    none(bad.map(({ path }) => path));
    assert.ok(migrations.length > 0);
  });

  test('every folder page has its three headings, and every top folder has a page', () => {
    const pages = sourceFiles('README.md').filter(({ path }) =>
      TOP_FOLDERS.includes(path.split('/')[0] ?? ''),
    );
    const missing = TOP_FOLDERS.filter((folder) => !pages.some(({ path }) => path === `${folder}/README.md`));
    none(missing.map((folder) => `${folder}/README.md is missing`));
    const incomplete = pages.filter(({ text }) =>
      HEADINGS.some((heading) => !text.includes(`\n${heading}\n`)),
    );
    none(incomplete.map(({ path }) => path));
  });
});

describe('time and chance reach SQL only as parameters', () => {
  const CALLS =
    /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|random_normal|gen_random_uuid|uuidv4|uuidv7|gen_random_bytes)\s*\(/i;
  const WORDS = /\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b/i;
  const STATEMENT = /\b(select|insert|update|delete|merge|create|alter|values|where)\b/i;
  /** The one question to the server's clock: does it agree with ours? */
  const ALLOWED = new Set(['db/clock-skew.ts']);
  const isBanned = (sql: string): boolean => CALLS.test(sql) || WORDS.test(sql);

  test('in .sql files', () => {
    const bad = sourceFiles('.sql').filter(({ text }) => isBanned(text.replaceAll(/--.*$/gm, '')));
    none(bad.map(({ path }) => path));
  });

  test('in statements inside .ts files', () => {
    const statements = sources
      .filter(({ path }) => !ALLOWED.has(path))
      .flatMap(({ path, text }) => templateTexts(withoutComments(text)).map((sql) => ({ path, sql })))
      .filter(({ sql }) => STATEMENT.test(sql));
    none(
      statements
        .filter(({ sql }) => isBanned(sql))
        .map(({ path, sql }) => `${path}: ${sql.trim().slice(0, 80)}`),
    );
    assert.ok(statements.length > 10, `only ${statements.length} statements were looked at`);
  });

  test('the check sees a planted statement behind nested templates', () => {
    const text = 'const a = `${x ? `y ${z}` : ""}`; const b = sql`select ${a} as x, now() as y`;';
    assert.ok(templateTexts(text).some(isBanned));
    assert.ok(!templateTexts('const a = clock.now(); const b = `x ${now()} y`;').some(isBanned));
  });
});

describe('nothing belongs to the machine it was written on', () => {
  const LEAKS = [/\/wor[k]\//, /\/(home|Users)\/[a-z]/, /\/roo[t]\//, /regist[r]y\.npmjs/, /[d]eb\.debian/];

  test('no paths of a machine, no addresses of package registries', () => {
    const texts = sourceFiles('.ts', '.cjs', '.json', '.sql', '.md', 'Procfile', '.yml', '.ci/run');
    const bad = texts.filter(({ text }) => LEAKS.some((leak) => leak.test(text)));
    none(bad.map(({ path }) => path));
    assert.ok(texts.length > 50);
  });
});

describe('the lock file', () => {
  type Locked = { version?: string; optionalDependencies?: Record<string, string> };
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, Locked>;
  };

  test('names every platform package, so that npm ci works on every platform and from every mirror', () => {
    const wanted = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => [`${at}/node_modules/${name}`, `node_modules/${name}`]),
    );
    none(
      wanted
        .filter((places) => !places.some((place) => packages[place]?.version))
        .map(([place = '']) => place),
    );
    assert.ok(wanted.length > 20);
  });
});
