// The example that embeds the runtime, run to its end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { embedded } from '../../examples/embedded.ts';

let database: TestDatabase;
const folder = scratchFolder();

before(async () => {
  database = await testDatabase();
});
after(async () => {
  await database.close();
  folder.remove();
});

test('a program that embeds the runtime gets from nothing to its first paid invoices', async () => {
  const invoices = await embedded({ DATABASE_URL: database.url, ACCRUE_DATA_DIR: folder.path });
  assert.deepEqual(invoices, [
    { number: 'INV-2025-000002', status: 'paid', total: '2600' },
    { number: 'INV-2025-000001', status: 'paid', total: '2000' },
  ]);
});
