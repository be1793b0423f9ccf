// A wrong environment stops every process at its start, with one line that names the variable.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { spawnEntry } from '#test/support/fleet.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';

const ENTRIES = ['http/web-entry.ts', 'jobs/worker-entry.ts', 'runtime/migrate-entry.ts', 'dev-entry.ts'];
const NOWHERE = 'postgres://accrue@127.0.0.1:1/accrue';

const folder = scratchFolder();
after(() => folder.remove());

/** How the entry ends and what it says; it never gets as far as a database. */
async function start(entry: string, settings: Record<string, string>): Promise<[number | null, string]> {
  const child = spawnEntry(entry, { DATABASE_URL: NOWHERE, ACCRUE_DATA_DIR: folder.path, ...settings });
  const said = text(child.stderr);
  child.stdout.resume();
  const [code] = (await once(child, 'exit')) as [number | null];
  return [code, await said];
}

for (const entry of ENTRIES) {
  describe(entry, () => {
    test('names every variable that does not parse, and nothing else', async () => {
      const [code, said] = await start(entry, { PORT: 'many', REDIS_URL: 'http://cache', LOG_LEVEL: 'loud' });
      assert.equal(code, 1);
      const named = said
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0] ?? '');
      assert.deepEqual(named.toSorted(), ['LOG_LEVEL', 'PORT', 'REDIS_URL']);
    });

    test('refuses a misspelt name', async () => {
      const [code, said] = await start(entry, { ACCRUE_OPERATER_KEY: 'x' });
      assert.deepEqual([code, said.split(':')[0]], [1, 'ACCRUE_OPERATER_KEY']);
    });

    test('has no defaults for production', async () => {
      const [code, said] = await start(entry, { NODE_ENV: 'production', DATABASE_URL: '' });
      assert.equal(code, 1);
      assert.match(said, /^DATABASE_URL: /m);
      assert.match(said, /^ACCRUE_SECRET_KEY: /m);
    });
  });
}
