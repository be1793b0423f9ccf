// Two sessions of a real Postgres that get into each other's way at named places: a turn that waits for its lock, is chosen to
// end a deadlock, or cannot be put in order with another, changes nothing, is rung again, and then does its work once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { settling } from '#jobs/outcome.ts';
import { Fenced, TransientError } from '#runtime/errors.ts';
import { createMetrics } from '#runtime/metrics.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { holdUntilReleased, untilWaiting } from '#test/support/named-stops.ts';
import { quietLog } from '#test/support/queue-backends.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { type TurnSetting, turnSetting } from '#test/support/turns.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 10 });
});
after(() => database.close());

/** What a subscription of `pro` must have left behind after its first turn, once, whatever came between. */
const FIRST_INVOICE = {
  invoices: '1',
  numbers: 'INV-2023-000001',
  subscriptions: '1',
  attempts: '1',
  journals: '1',
  sequences: '1,2',
  queued: '0',
};

async function books(tenant: string): Promise<unknown> {
  const [row] = await inTenant(
    database.sql,
    tenant,
    (
      tx,
    ) => tx`select (select count(*) from invoices) as invoices, (select string_agg(number, ',') from invoices) as numbers,
      (select count(*) from subscriptions) as subscriptions, (select count(*) from payment_attempts) as attempts,
      (select count(*) from journals) as journals,
      (select string_agg(sequence::text, ',' order by sequence) from billing_events) as sequences,
      (select count(*) from commands where status = 'queued') as queued`,
  );
  return row;
}

/** The advance job of a worker, told once: what it threw, and what it rang. */
async function heard({ turns }: Pick<TurnSetting, 'turns'>, tenant: string, key: string) {
  const rings: Ring[] = [];
  const job = settling('advance', () => turns.run(tenant, [key]), {
    bell: { ring: async (more) => void rings.push(...more) },
    random: seededRandom(7),
    log: { ...quietLog(), warn: () => {} },
    metrics: createMetrics(),
  });
  const thrown = await job({ tenant, key, retries: 0 }, new AbortController().signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { thrown, retries: rings.map(({ retry }) => retry?.number) };
}

/** SQLSTATE behind a fault that passes. */
function stateOf(error: unknown): unknown {
  assert.ok(error instanceof TransientError, String(error));
  return error.cause instanceof Error && 'code' in error.cause ? error.cause.code : undefined;
}

test('turns that wait for one customer find, one after the other, that the first did the work', async () => {
  const setting = await turnSetting(database.sql, 'ten_wait', ['cus_wait']);
  await setting.command('cus_wait', 'subscription.create', { plan: 'pro' });
  const stop = await holdUntilReleased(
    database.url,
    (tx) => tx`select 1 from customers where id = 'cus_wait' for no key update`,
  );
  const told = [1, 2, 3].map(() => heard({ turns: setting.anotherProcess() }, 'ten_wait', 'cus_wait'));
  await untilWaiting(database.sql, 3);
  await stop.release();
  for (const { thrown } of await Promise.all(told)) assert.equal(thrown, undefined);
  assert.deepEqual(await books('ten_wait'), FIRST_INVOICE);
  assert.deepEqual(setting.logged, [], 'what they read before they held the customer was out of date');
});

test('a turn that Postgres ends to break a deadlock leaves nothing, is rung again and does its work once', async () => {
  const setting = await turnSetting(database.sql, 'ten_dead', ['cus_dead']);
  await setting.command('cus_dead', 'subscription.create', { plan: 'pro' });
  const other = connectDatabase({ url: database.adminUrl, max: 1 });
  const session = await other.reserve();
  // The other one looks for a deadlock so late that it is the turn that is ended.
  await session`set deadlock_timeout = '1min'`;
  await session`begin`;
  await session`insert into number_series (tenant_id, legal_entity_id, document_type, fiscal_year, last_number)
    values ('ten_dead', 'ent_ten_dead', 'invoice', 2023, 1)`;
  const told = heard(setting, 'ten_dead', 'cus_dead');
  await untilWaiting(database.sql, 1);
  const crossed = session`update customers set name = name where id = 'cus_dead'`.execute();
  const { thrown, retries } = await told;
  assert.equal(stateOf(thrown), '40P01');
  assert.deepEqual(retries, [1]);
  await crossed;
  await session`rollback`;
  session.release();
  await other.end();
  assert.deepEqual(await books('ten_dead'), {
    ...FIRST_INVOICE,
    invoices: '0',
    numbers: null,
    subscriptions: '0',
    attempts: '0',
    journals: '0',
    sequences: null,
    queued: '1',
  });
  assert.deepEqual(await heard(setting, 'ten_dead', 'cus_dead'), { thrown: undefined, retries: [] });
  assert.deepEqual(await books('ten_dead'), FIRST_INVOICE);
});

/** Sessions in which a row that was changed meanwhile is a serialization failure. */
function strictSessions(): Sql {
  const url = new URL(database.url);
  url.searchParams.set('default_transaction_isolation', 'repeatable read');
  return connectDatabase({ url: url.href, max: 4 });
}

test('a turn that cannot be put in order with another is rung again and does its work once', async () => {
  const strict = strictSessions();
  const setting = await turnSetting(strict, 'ten_order', ['cus_order']);
  await setting.command('cus_order', 'subscription.create', { plan: 'pro' });
  const stop = await holdUntilReleased(
    database.url,
    (tx) => tx`select 1 from customers where id = 'cus_order' for no key update`,
  );
  const told = [1, 2].map(() => heard({ turns: setting.anotherProcess() }, 'ten_order', 'cus_order'));
  await untilWaiting(database.sql, 2);
  await stop.release();
  const all = await Promise.all(told);
  const refused = all.filter(({ thrown }) => thrown !== undefined);
  assert.equal(refused.length, 1, 'both were served');
  assert.equal(stateOf(refused[0]?.thrown), '40001');
  assert.deepEqual(refused[0]?.retries, [1]);
  assert.deepEqual(await heard(setting, 'ten_order', 'cus_order'), { thrown: undefined, retries: [] });
  assert.deepEqual(await books('ten_order'), FIRST_INVOICE);
  await strict.end();
});

test('of two records of one payment at the same moment one is taken, the other is fenced', async () => {
  const setting = await turnSetting(database.sql, 'ten_twice', ['cus_twice']);
  await setting.command('cus_twice', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_twice', ['cus_twice']);
  const [attempt] = await inTenant(
    database.sql,
    'ten_twice',
    (tx) => tx<{ id: string }[]>`select id from payment_attempts`,
  );
  const stop = await holdUntilReleased(
    database.url,
    (tx) => tx`select 1 from customers where id = 'cus_twice' for no key update`,
  );
  const outcome = { kind: 'succeeded', reference: 'ch_twice' } as const;
  const message = { type: 'payment.record', attemptId: attempt?.id ?? '', epoch: 0, outcome } as const;
  const told = [1, 2].map(() => setting.turns.deliver('ten_twice', 'cus_twice', message));
  const settled = Promise.allSettled(told);
  await untilWaiting(database.sql, 2);
  await stop.release();
  const refused = (await settled).filter((one) => one.status === 'rejected');
  assert.equal(refused.length, 1);
  assert.ok(refused[0]?.reason instanceof Fenced);
  const rows = await inTenant(
    database.sql,
    'ten_twice',
    (tx) => tx`select (select count(*) from payments) as payments, status, amount_paid as paid from invoices`,
  );
  assert.deepEqual([...rows], [{ payments: '1', status: 'paid', paid: '9900' }]);
});
