// The example that embeds the runtime, run to its end.
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { embedded } from '../../examples/embedded.ts';

const folder = scratchFolder();
const redisUrl = process.env['REDIS_URL'];
const EXPECTED = [
  { number: 'INV-2025-000002', status: 'paid', total: '2600' },
  { number: 'INV-2025-000001', status: 'paid', total: '2000' },
];

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.close());
after(() => folder.remove());

const story = (more: Record<string, string>) =>
  embedded({ DATABASE_URL: database.url, ACCRUE_DATA_DIR: folder.path, ...more });

test('a program that embeds the runtime gets from nothing to its first paid invoices', async () => {
  assert.deepEqual(await story({}), EXPECTED);
});

test('and the same with its queues in Redis', { skip: redisUrl === undefined }, async () => {
  assert.deepEqual(await story({ REDIS_URL: redisUrl ?? '' }), EXPECTED);
});
