// The process of npm run dev, as a process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';

let database: TestDatabase;
const folder = scratchFolder();

before(async () => {
  database = await testDatabase();
});
after(async () => {
  await database.close();
  folder.remove();
});

test('npm run dev is one process that serves, works and ends cleanly', async () => {
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    ACCRUE_DATA_DIR: folder.path,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, ['dev-entry.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes('Operator key')) break;
  }
  const api = /API +(http\S+)/.exec(printed)?.[1] ?? '';
  const docs = /Reference +(http\S+)/.exec(printed)?.[1] ?? '';
  const operatorKey = readFileSync(join(folder.path, 'operator-key'), 'utf8').trim();
  assert.ok(printed.includes(join(folder.path, 'operator-key')));
  assert.equal((await fetch(docs)).status, 200);

  const call = (path: string, key: string, body: object) =>
    fetch(`${api}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const tenant = (await (await call('/tenants', operatorKey, { name: 'Dev', sandbox: true })).json()) as {
    apiKey: { key: string };
  };
  const meter = { key: 'calls', name: 'Calls', eventType: 'call', aggregation: 'count' };
  assert.equal((await call('/meters', tenant.apiKey.key, meter)).status, 201);

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});
