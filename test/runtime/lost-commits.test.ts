// The answer to a COMMIT is lost: the server has committed, and whoever asked hears only that the line broke. Asked again, each
// kind of work finds what it has done, and does nothing twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { collectJob } from '#jobs/collect.ts';
import { createFakeGateway } from '#jobs/gateways/fake-gateway.ts';
import { systemClock } from '#runtime/clock.ts';
import { createCommandBus } from '#runtime/command-bus.ts';
import { Fenced, TransientError } from '#runtime/errors.ts';
import { createIds } from '#runtime/ids.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { type CutLine, cutLine } from '#test/support/cut-line.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { holdUntilReleased, untilWaiting } from '#test/support/named-stops.ts';
import { quietLog } from '#test/support/queue-backends.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { SEEDED_AT, seedTenant } from '#test/support/seeds.ts';
import { turnSetting } from '#test/support/turns.ts';
import { accepted, counted, usageSetting } from '#test/support/usage.ts';

const CLOSED = { code: 'CONNECTION_CLOSED' };
const NEVER = new AbortController().signal;
let database: TestDatabase;
let line: CutLine;
/** Over the line. */
let sql: Sql;
before(async () => {
  database = await testDatabase({ max: 10 });
  line = await cutLine(database.url);
  sql = connectDatabase({ url: line.url, max: 4 });
});
after(async () => {
  await sql.end({ timeout: 5 });
  await line.close();
  await database.close();
});

const ask = (
  tenant: string,
  query: (tx: Parameters<Parameters<typeof inTenant>[2]>[0]) => Promise<readonly unknown[]>,
) => inTenant(database.sql, tenant, async (tx) => [...(await query(tx))]);

/** Loses the answer to the statement that next ends with `tag`, and what `work` then throws. */
async function unheard(tag: string, work: () => Promise<unknown>): Promise<unknown> {
  const before = line.swallowed();
  line.swallow(tag);
  const thrown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.equal(line.swallowed(), before + 1, `nothing ended with ${tag}`);
  return thrown;
}

test('a turn: the next one finds its command answered, and bills nothing twice', async () => {
  const setting = await turnSetting(sql, 'ten_turn', ['cus_turn']);
  const command = await setting.command('cus_turn', 'subscription.create', { plan: 'pro' });
  const thrown = await unheard('COMMIT', () => setting.turns.run('ten_turn', ['cus_turn']));
  assert.ok(thrown instanceof TransientError, String(thrown));
  assert.equal((await setting.result(command))?.ok, true);
  await setting.turns.run('ten_turn', ['cus_turn']);
  const books = (tx: Parameters<Parameters<typeof inTenant>[2]>[0]) => tx`
    select string_agg(number, ',' order by number) as numbers,
      (select string_agg(sequence::text, ',' order by sequence) from billing_events) as sequences,
      (select count(*) from payment_attempts) as attempts, (select count(*) from journals) as journals from invoices`;
  const once = { numbers: 'INV-2023-000001', sequences: '1,2', attempts: '1', journals: '1' };
  assert.deepEqual(await ask('ten_turn', books), [once]);

  await setting.setClock('2023-12-01T01:00:00Z');
  assert.ok(
    (await unheard('COMMIT', () => setting.turns.run('ten_turn', ['cus_turn']))) instanceof TransientError,
  );
  await setting.turns.run('ten_turn', ['cus_turn']);
  const twice = {
    numbers: 'INV-2023-000001,INV-2023-000002',
    sequences: '1,2,3',
    attempts: '2',
    journals: '2',
  };
  assert.deepEqual(await ask('ten_turn', books), [twice]);
});

test('a charge: its record is not made again, and the provider is not asked again', async () => {
  const setting = await turnSetting(sql, 'ten_charge', ['cus_charge']);
  await setting.command('cus_charge', 'subscription.create', { plan: 'pro' });
  await setting.turns.run('ten_charge', ['cus_charge']);
  const key = setting.rings.find(({ queue }) => queue === 'collect')?.key ?? '';
  const { turns } = setting;
  const job = collectJob({
    sql: database.sql,
    clock: systemClock(),
    log: quietLog(),
    metrics: createMetrics(),
    gateways: [createFakeGateway({ sql: database.sql })],
    turns,
  });
  const collect = () => job({ tenant: 'ten_charge', key, retries: 0 }, NEVER);
  assert.ok((await unheard('COMMIT', collect)) instanceof TransientError);
  await collect();
  const [attempt] = (await ask('ten_charge', (tx) => tx`select id from payment_attempts`)) as {
    id: string;
  }[];
  const message = {
    type: 'payment.record',
    attemptId: attempt?.id ?? '',
    epoch: 1,
    outcome: { kind: 'succeeded', reference: 'ch_again' },
  } as const;
  await assert.rejects(turns.deliver('ten_charge', 'cus_charge', message), Fenced);
  const books = await ask(
    'ten_charge',
    (tx) => tx`select status, amount_paid as paid, (select count(*) from payments) as payments from invoices`,
  );
  assert.deepEqual(books, [{ status: 'paid', paid: '9900', payments: '1' }]);
  const charges = await database.sql`select calls from fake_gateway.charges where token = 'tok_ok'`;
  assert.deepEqual([...charges], [{ calls: 1 }]);
});

test('a command: the same key finds the command that was stored', async () => {
  await seedTenant(database.sql, 'ten_command');
  const clock = systemClock();
  const random = seededRandom(11);
  const bus = createCommandBus({
    sql,
    clock,
    ids: createIds({ clock, random }),
    bell: { ring: async () => {} },
    secretBox: createSecretBox({ key: random.bytes(32), random }),
    log: quietLog(),
  });
  const submit = () =>
    bus.submit({
      tenant: 'ten_command',
      type: 'test_clock.create',
      payload: { name: 'once', now: SEEDED_AT },
      idempotencyKey: 'key-lost',
    });
  assert.equal(((await unheard('COMMIT', submit)) as { code?: string }).code, CLOSED.code);
  const [stored] = (await ask('ten_command', (tx) => tx`select id from commands`)) as { id: string }[];
  assert.deepEqual(await submit(), { commandId: stored?.id, replayed: true });

  // A key that another session has, and has not committed, is waited for, and taken when that one fails.
  const stop = await holdUntilReleased(
    database.url,
    (
      tx,
    ) => tx`insert into commands (id, tenant_id, type, payload, payload_hash, idempotency_key, status, created_at)
      select 'cmd_held', tenant_id, type, payload, payload_hash, 'key-held', 'queued', created_at
      from commands where id = ${stored?.id ?? ''}`,
  );
  const held = bus.submit({
    tenant: 'ten_command',
    type: 'test_clock.create',
    payload: { name: 'once', now: SEEDED_AT },
    idempotencyKey: 'key-held',
  });
  await untilWaiting(database.sql, 1);
  await stop.release();
  const taken = await held;
  assert.ok('commandId' in taken && !taken.replayed && taken.commandId !== 'cmd_held');
  bus.close();
});

test('usage: what was stored and not heard of is sent again, and counted once', async () => {
  const { ingest, drain, results, call } = await usageSetting(sql, 'ten_usage');
  const events = [call('a', 1), call('b', 2)];
  // Everything around is remembered first, so that the insert is what is lost.
  await accepted(ingest, 'ten_usage', [call('c', 4)]);
  const thrown = await unheard('INSERT 0 1', () => ingest.accept('ten_usage', events));
  assert.equal((thrown as { code?: string }).code, CLOSED.code);
  const again = await accepted(ingest, 'ten_usage', events);
  assert.equal((await ask('ten_usage', (tx) => tx`select 1 from usage_inbox`)).length, 3);

  const lost = await unheard('COMMIT', () => drain.run(NEVER));
  assert.equal((lost as { code?: string }).code, CLOSED.code);
  assert.deepEqual(await results(again), ['duplicate', 'duplicate']);
  await drain.run(NEVER);
  assert.deepEqual(await counted(database.sql, 'ten_usage'), { count: '3', sum: '7' });
  assert.deepEqual(await ask('ten_usage', (tx) => tx`select 1 from usage_inbox`), []);
});
