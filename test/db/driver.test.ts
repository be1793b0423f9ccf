// The database goes away in the middle of transactions, again and again: each ends, the process lives, the pool recovers.
// Runs in a process of its own, because an exception outside every promise is what must not happen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

test('a line that is cut ends transactions and nothing else', async () => {
  const program = join(import.meta.dirname, '../support/lost-lines-child.ts');
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let faults = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    faults += text;
  });
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, faults);
  const { committed, failed, after } = JSON.parse(output) as Record<string, number>;
  assert.equal(Number(committed) + Number(failed), 60, output);
  assert.ok(Number(failed) > 0, 'no transaction was cut');
  assert.equal(after, 3);
});
