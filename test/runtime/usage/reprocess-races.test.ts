// A reading of stored usage and a request that is taken in at the same moment: what knows the old meters is read again too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inTenant, type Tx } from '#db/scope.ts';
import { insertReprocessing } from '#db/usage-reprocessing.ts';
import { findReprocessing } from '#db/views/usage-reprocessings.ts';
import { createLog } from '#runtime/log.ts';
import { createReprocessings } from '#runtime/usage/reprocess.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { accepted, seedMeter, usageSetting } from '#test/support/usage.ts';

const TENANT = 'ten_reading';
const READING = {
  id: 'rep_late',
  tenantId: TENANT,
  meterId: 'mtr_new',
  customerIds: undefined,
  from: '2023-11-01T00:00:00Z',
  to: '2023-12-01T00:00:00Z',
  billed: 'leave',
  commandId: 'cmd_1',
  sentBy: null,
  createdAt: '2023-12-01T12:00:00Z',
} as const;
const NEVER = new AbortController().signal;

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

/** A transaction that waits for the test, however slow the machine. */
async function opened() {
  const connection = await database.sql.reserve();
  await connection`begin`;
  await connection`select set_config('app.tenant', ${TENANT}, true),
    set_config('idle_in_transaction_session_timeout', '0', true)`;
  const commit = async () => {
    await connection`commit`;
    connection.release();
  };
  return { tx: connection as unknown as Tx, commit };
}

/** Looks three times, or until it is over. */
async function lookThrice(): Promise<string | undefined> {
  const looking = new AbortController();
  let looks = 0;
  const clock = { ...manualClock('2023-12-01T12:00:00Z'), sleep: () => setTimeout(1) };
  const bell = {
    ring: async () => {
      looks += 1;
      if (looks === 3) looking.abort();
    },
  };
  const log = createLog({ level: 'error', clock });
  await createReprocessings({ sql: database.sql, clock, bell, log }).run(TENANT, READING.id, looking.signal);
  return (await inTenant(database.sql, TENANT, (tx) => findReprocessing(tx, TENANT, READING.id)))?.status;
}

test('waits for what is taken in while it is asked for, and committed later', async () => {
  const { sql } = database;
  const { ingest, drain, call } = await usageSetting(sql, TENANT);
  await accepted(ingest, TENANT, [call('late', 0, { properties: { n: 0, weight: 1_000 } })]);
  // The row of a request that knows no other meter, taken out to be committed when the test says so.
  const [row] = await inTenant(
    sql,
    TENANT,
    (tx) => tx`delete from usage_inbox i returning to_jsonb(i) as waiting`,
  );
  await seedMeter(sql, TENANT, { id: READING.meterId, valueProperty: 'weight' });
  const [asked, late] = [await opened(), await opened()];
  await insertReprocessing(asked.tx, READING);
  await late.tx`insert into usage_inbox overriding system value
    select * from jsonb_populate_record(null::usage_inbox, ${late.tx.json(row?.['waiting'])})`;
  await asked.commit();
  const status = await lookThrice();
  await late.commit();
  assert.equal(status, 'waiting');

  await drain.run(NEVER);
  while ((await lookThrice()) !== 'done');
  const facts = await inTenant(
    sql,
    TENANT,
    (tx) => tx`select value from meter_events where meter_id = ${READING.meterId}`,
  );
  assert.deepEqual([...facts], [{ value: '1000' }]);
});
