// The checks at the start, together, on a database that fits and on one that does not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { DatabaseUnfit } from '#db/unfit.ts';
import { checkDatabase } from '#runtime/check-database.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

const clock = systemClock();
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

test('a migrated database under the right role passes, and the budget is printed', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', clock, write: (line) => lines.push(line) });
  await checkDatabase({ sql: database.sql, clock, log, budget: { app: 5, queue: 10 } });
  const [line = '{}'] = lines;
  const { message, app, queue, need } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual(
    { message, app, queue, need },
    { message: 'database connections', app: 5, queue: 10, need: 15 },
  );
});

test('a superuser is refused before anything else is asked', async () => {
  const sql = connectDatabase({ url: database.adminUrl, max: 1 });
  const log = createLog({ level: 'error', clock });
  await assert.rejects(checkDatabase({ sql, clock, log, budget: { app: 1, queue: 0 } }), DatabaseUnfit);
  await sql.end();
});
