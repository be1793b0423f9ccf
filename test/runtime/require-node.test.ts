// The guard before every entry: silent on the right Node, one line and a failure on an older one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

function startOn(version: string): { status: number | null; stderr: string } {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const script = `${pretend} require('./runtime/require-node.cjs');`;
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
}

test('an older Node is refused with one line that says what to do', () => {
  const { status, stderr } = startOn('20.20.2');
  assert.equal(status, 1);
  assert.match(stderr, /^Accrue needs Node 26 .*npm ci.*\n$/);
});

test('this Node and newer ones pass', () => {
  for (const version of ['26.0.0', '27.1.0']) {
    const { status, stderr } = startOn(version);
    assert.deepEqual([status, stderr], [0, '']);
  }
});
