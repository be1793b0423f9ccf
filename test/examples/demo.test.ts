// The demo as a stranger runs it: it ends with 0 and every check passed, writes plain text into a pipe, and stops when asked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { spawnEntry } from '#test/support/fleet.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';

const folder = scratchFolder();
after(() => folder.remove());

const demo = () =>
  spawnEntry('examples/demo.ts', { ACCRUE_DATA_DIR: folder.path, DATABASE_URL: 'not for the demo' });

test('the demo bills an hour of real usage to the cent', async () => {
  const child = demo();
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0, said);
  assert.ok(!said.includes('\u001b') && !said.includes('\r'), 'escape codes in a pipe');
  const figure = (name: string): string | undefined => new RegExp(`^  ${name} +(.*)$`, 'm').exec(said)?.[1];
  assert.deepEqual(
    ['events sent', 'events counted', 'duplicates', 'invoices', 'late-usage lines', 'mails'].map(figure),
    ['9,719', '8,819', '900', '75', '40', '151'],
  );
  assert.deepEqual(['billed', 'collected', 'sequence gaps', 'ledger balance', 'differences'].map(figure), [
    'USD 2,495.62',
    'USD 2,495.62',
    '0',
    'USD 0.00',
    '0',
  ]);
});

test('it runs again on the same data, and stops when it is interrupted', async () => {
  const child = demo();
  const subscribed = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('subscribe')) resolve();
    });
  });
  await subscribed;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  assert.deepEqual(await ended, [130, null]);
});
