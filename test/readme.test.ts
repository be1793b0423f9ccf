// README.md is true: its calls work when pasted against a development process, and its links lead somewhere.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { spawnEntry } from '#test/support/fleet.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { sourceFiles } from '#test/support/source-tree.ts';

const ROOT = join(import.meta.dirname, '..');
const CALLS = 'Six calls from tenant to invoice';
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const folder = scratchFolder();
let database: TestDatabase;

before(async () => {
  database = await testDatabase();
});
after(async () => {
  await database.close();
  folder.remove();
});

/** What the section says to paste, as one script; the block before its mark starts the server. */
function pasted(): string {
  const [, section = ''] = readme.split(`## ${CALLS}\n`);
  const [own = ''] = section.split('\n## ');
  const [, calls = ''] = own.split('pastes what follows into a shell. -->');
  return [...calls.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)].map(([, , block]) => block).join('\n');
}

async function shell(script: string): Promise<string> {
  const child = spawn('sh', ['-eu'], { cwd: folder.path, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(script);
  const [said, wrong, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  assert.deepEqual([code, wrong], [0, '']);
  return said;
}

test('the six calls work when pasted', async () => {
  const script = pasted();
  assert.equal([...script.matchAll(/curl -sS/g)].length, 7, 'six, and one for usage');

  const child = spawnEntry('dev-entry.ts', {
    DATABASE_URL: database.url,
    ACCRUE_DATA_DIR: join(folder.path, '.accrue'),
    PORT: '0',
  });
  const origin = await new Promise<string>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      const found = /API +(http:\/\/[^/]+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const said = await shell(script.replaceAll('http://127.0.0.1:3000', origin));
  const answers = said.split(/(?<=\})(?=\{)/).map((answer) => JSON.parse(answer) as Record<string, unknown>);
  const [meter, plan, customer, subscription, invoices, usage] = answers;
  assert.equal(answers.length, 6);
  assert.deepEqual([meter?.['key'], plan?.['key'], customer?.['externalId']], ['tokens', 'pro', 'ada']);
  assert.equal(subscription?.['status'], 'active');
  assert.partialDeepStrictEqual(invoices?.['data'], [{ total: '2500', currency: 'USD' }]);
  assert.partialDeepStrictEqual(usage, { counts: { created: 1, duplicate: 0 } });

  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('links between pages lead to files', () => {
  const pages = sourceFiles('.md');
  const broken = pages.flatMap(({ path, text: page }) =>
    [...page.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(broken, []);
  assert.ok(pages.length > 10);
});
