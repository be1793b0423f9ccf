// A drain and a turn of the same customer at the same time, each stopped where it hurts: no late usage is forgotten.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { createIngest } from '#runtime/ingest/ingest.ts';
import type { IngestReceipt } from '#runtime/ingest/receipt.ts';
import { createLog } from '#runtime/log.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { holdUntilReleased, stopDrainBeforeCommit, untilWaiting } from '#test/support/named-stops.ts';
import { type TurnSetting, turnSetting } from '#test/support/turns.ts';
import { accepted, drainOver } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

type Setting = TurnSetting & {
  readonly clock: ManualClock;
  run(): Promise<void>;
  send(id: string, n: number, time: string): Promise<IngestReceipt>;
  drain(): Promise<unknown>;
  lateLines(): Promise<readonly object[]>;
};

/** A customer in real time with a subscription since November 1st, at the start of that month. */
async function subscribed(tenant: string): Promise<Setting> {
  const { sql } = database;
  const clock = manualClock('2023-11-01T00:00:00Z');
  const customer = `cus_${tenant}`;
  const setting = await turnSetting(sql, tenant, [customer], clock);
  await inTenant(sql, tenant, (tx) => tx`update customers set clock_id = null`);
  const bell: Bell = { ring: async () => {}, close: async () => {} };
  const ingest = createIngest({ sql, clock, bell, log: createLog({ level: 'error', clock }) });
  await setting.command(customer, 'subscription.create', { plan: 'pro' });
  const run = () => setting.turns.run(tenant, [customer]);
  await run();
  return {
    ...setting,
    clock,
    run,
    send: (id, n, time) =>
      accepted(ingest, tenant, [{ id, type: 'request', customer, time, properties: { n } }]),
    drain: () => drainOver(sql).run(NEVER),
    lateLines: () =>
      inTenant(sql, tenant, async (tx) => [
        ...(await tx`select quantity from invoice_lines l join prices p on p.id = l.price_id
          where l.kind = 'late_usage' and p.key = 'tokens' order by l.position`),
      ]),
  };
}

/** November closed with 1000 tokens, billed; it is December 2nd. */
async function closedNovember(tenant: string): Promise<Setting> {
  const setting = await subscribed(tenant);
  await setting.clock.advance(16 * 24 * HOUR_MS);
  await setting.send('in time', 1000, '2023-11-16T18:17:00Z');
  await setting.drain();
  await setting.clock.advance(15 * 24 * HOUR_MS);
  await setting.run();
  return setting;
}

/** Lets `drain` count, and stops it before its commit. */
async function stoppedDrain(setting: Setting, receipt: IngestReceipt) {
  const holder = await stopDrainBeforeCommit(database.url, receipt.slices[0]?.inboxId ?? '');
  const drained = setting.drain();
  await untilWaiting(database.sql, 1);
  return async () => {
    await holder.release();
    await drained;
  };
}

test('a turn does not delete a mark that a drain under way counts on', async () => {
  const setting = await closedNovember('ten_marked');
  await setting.send('late 1', 500, '2023-11-16T18:30:00Z');
  await setting.drain();
  const finishDrain = await stoppedDrain(setting, await setting.send('late 2', 300, '2023-11-16T18:40:00Z'));

  const turn = setting.run();
  await Promise.race([turn, untilWaiting(database.sql, 2)]);
  await finishDrain();
  await turn;
  await setting.run();
  assert.deepEqual(await setting.lateLines(), [{ quantity: '800' }]);
  const marks = await inTenant(database.sql, 'ten_marked', (tx) => tx`select 1 from stale_usage`);
  assert.equal(marks.length, 0);
});

test('a mark that comes while a turn loads is left for the next turn, or accounted for', async () => {
  const setting = await closedNovember('ten_loading');
  await setting.send('late', 500, '2023-11-16T18:30:00Z');
  // Read after the charges, so the turn stops there with those it has.
  const holder = await holdUntilReleased(
    database.url,
    (tx) => tx`lock table payment_methods in access exclusive mode`,
  );
  const turn = setting.run();
  await untilWaiting(database.sql, 1);
  await setting.drain();
  await holder.release();
  await turn;
  await setting.run();
  assert.deepEqual(await setting.lateLines(), [{ quantity: '500' }]);
});

test('a drain that began before the period closed marks what the close could not count', async () => {
  const setting = await subscribed('ten_closing');
  // Nothing ran since the boundary; the event comes after the cutoff, which the coming turn will find passed.
  await setting.clock.advance((30 * 24 + 2) * HOUR_MS);
  const finishDrain = await stoppedDrain(setting, await setting.send('late', 700, '2023-11-30T23:10:00Z'));
  await setting.run();
  await finishDrain();
  await setting.run();
  assert.deepEqual(await setting.lateLines(), [{ quantity: '700' }]);
});

test('what was received before a boundary and stored while the boundary is billed, is billed too', async () => {
  const setting = await subscribed('ten_edge');
  await inTenant(database.sql, 'ten_edge', (tx) => tx`update tenants set collection_interval_seconds = 0`);
  await setting.clock.advance(30 * 24 * HOUR_MS);
  // The turn has read the usage; then a request of the last moment is committed, and counted before the turn is.
  const holder = await holdUntilReleased(
    database.url,
    (tx) => tx`insert into number_series (tenant_id, legal_entity_id, document_type, fiscal_year, last_number)
      values ('ten_edge', 'ent_ten_edge', 'invoice', 2023, 1) on conflict (tenant_id, legal_entity_id, document_type, fiscal_year)
      do update set last_number = number_series.last_number`,
  );
  const turn = setting.run();
  await untilWaiting(database.sql, 1);
  const receipt = await setting.send('edge', 700, '2023-11-30T23:10:00Z');
  await inTenant(
    database.sql,
    'ten_edge',
    (tx) =>
      tx`update usage_inbox set received_at = '2023-11-30T23:59:59.9Z' where id = ${receipt.slices[0]?.inboxId ?? ''}`,
  );
  await setting.drain();
  await holder.release();
  await turn;
  await setting.run();
  assert.deepEqual(await setting.lateLines(), [{ quantity: '700' }]);
});
