// Commands are stored once, ring their actor, and answer whoever waits.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerCommand } from '#db/commands.ts';
import { inTenant } from '#db/scope.ts';
import { systemClock } from '#runtime/clock.ts';
import { type CommandBus, createCommandBus } from '#runtime/command-bus.ts';
import { sealOutcome } from '#runtime/command-outcome.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { systemRandom } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, seedCustomer, seedTenant, setParked } from '#test/support/seeds.ts';

const clock = systemClock();
const random = systemRandom();
const secretBox = createSecretBox({ key: random.bytes(32), random });
const rings: Ring[] = [];

let database: TestDatabase;
let bus: CommandBus;

before(async () => {
  database = await testDatabase({ max: 10 });
  const log = createLog({ level: 'error', clock });
  const bell = { ring: async (more: readonly Ring[]) => void rings.push(...more) };
  bus = createCommandBus({
    sql: database.sql,
    clock,
    ids: createIds({ clock, random }),
    bell,
    secretBox,
    log,
  });
  await seedTenant(database.sql, 'ten_a');
  await seedTenant(database.sql, 'ten_b');
});

after(async () => {
  bus.close();
  await database.close();
});

const clockCreate = (name: string, idempotencyKey?: string, tenant = 'ten_a') =>
  bus.submit({ tenant, type: 'test_clock.create', payload: { name, now: SEEDED_AT }, idempotencyKey });

const accepted = (submission: Awaited<ReturnType<CommandBus['submit']>>) => {
  assert.ok('commandId' in submission, JSON.stringify(submission));
  return submission;
};

const answer = (tenant: string, id: string, result: object) =>
  inTenant(database.sql, tenant, (tx) =>
    answerCommand(tx, { id, result, decidedAt: clock.wall().toString() }),
  );

test('twenty submits of one key at once are one command', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => clockCreate('race', 'key-race')));
  const submissions = all.map(accepted);
  assert.equal(new Set(submissions.map((submission) => submission.commandId)).size, 1);
  assert.equal(submissions.filter((submission) => !submission.replayed).length, 1);
  const rows = await inTenant(
    database.sql,
    'ten_a',
    (tx) => tx`select 1 from commands where idempotency_key = 'key-race'`,
  );
  assert.equal(rows.length, 1);
});

test('one key with two payloads at once is one command and one mismatch', async () => {
  const pairs = await Promise.all([clockCreate('this', 'key-two'), clockCreate('that', 'key-two')]);
  assert.equal(pairs.filter((pair) => 'mismatch' in pair).length, 1);
});

test('the order of members does not make another payload', async () => {
  const first = await bus.submit({
    tenant: 'ten_a',
    type: 'test_clock.create',
    payload: { now: SEEDED_AT, name: 'order' },
    idempotencyKey: 'key-order',
  });
  const second = accepted(await clockCreate('order', 'key-order'));
  assert.deepEqual(second, { commandId: accepted(first).commandId, replayed: true });
});

test('a key belongs to one tenant, one type and one customer', async () => {
  await seedCustomer(database.sql, 'ten_a', { id: 'cus_one' });
  await seedCustomer(database.sql, 'ten_a', { id: 'cus_two' });
  const a = accepted(await clockCreate('mine', 'key-shared'));
  const b = accepted(await clockCreate('mine', 'key-shared', 'ten_b'));
  assert.notEqual(a.commandId, b.commandId);
  const release = (customerId: string) =>
    bus.submit({
      tenant: 'ten_a',
      customerId,
      type: 'customer.release',
      payload: {},
      idempotencyKey: 'key-shared',
    });
  assert.equal(accepted(await release('cus_one')).replayed, false);
  assert.deepEqual(await release('cus_two'), { mismatch: true });
});

test('without a key every submit is a command', async () => {
  const [a, b] = [accepted(await clockCreate('free')), accepted(await clockCreate('free'))];
  assert.notEqual(a.commandId, b.commandId);
});

test("another tenant's customer, an unknown one and an unknown tenant are not found", async () => {
  await seedCustomer(database.sql, 'ten_a', { id: 'cus_wall' });
  const release = (tenant: string, customerId: string) =>
    bus.submit({ tenant, customerId, type: 'customer.release', payload: {} });
  assert.deepEqual(await release('ten_b', 'cus_wall'), { notFound: true });
  assert.deepEqual(await release('ten_a', 'cus_nobody'), { notFound: true });
  assert.deepEqual(await clockCreate('nowhere', undefined, 'ten_nobody'), { notFound: true });
});

test('a submit rings its actor, and rings again while the command waits', async () => {
  rings.length = 0;
  const { commandId } = accepted(await clockCreate('ring', 'key-ring'));
  await clockCreate('ring', 'key-ring');
  assert.deepEqual(rings, [
    { queue: 'advance', tenant: 'ten_a', key: 'tenant' },
    { queue: 'advance', tenant: 'ten_a', key: 'tenant' },
  ]);
  await answer('ten_a', commandId, { ok: true, data: {} });
  await clockCreate('ring', 'key-ring');
  assert.equal(rings.length, 2);
});

test('many waits are answered, each with its own', async () => {
  const submitted = await Promise.all(Array.from({ length: 12 }, (_, i) => clockCreate(`wait ${i}`)));
  const ids = submitted.map((submission) => accepted(submission).commandId);
  const waiting = ids.map((id) => bus.wait('ten_a', id, 20_000));
  for (const id of ids) await answer('ten_a', id, { ok: true, data: { id } });
  bus.wake();
  assert.deepEqual(
    await Promise.all(waiting),
    ids.map((id) => ({ ok: true, data: { id } })),
  );
});

test('a wait ends unanswered, and never sees another tenant', async () => {
  const { commandId } = accepted(await clockCreate('silent'));
  assert.equal(await bus.wait('ten_a', commandId, 30), undefined);
  await answer('ten_a', commandId, { ok: true, data: {} });
  assert.equal(await bus.wait('ten_b', commandId, 30), undefined);
  assert.equal(await bus.outcome('ten_b', commandId), undefined);
  assert.deepEqual(await bus.wait('ten_a', commandId, 20_000), { ok: true, data: {} });
});

test('a parked customer answers at once, keeps the command queued, and can be released', async () => {
  await seedCustomer(database.sql, 'ten_a', { id: 'cus_parked' });
  await setParked(database.sql, 'ten_a', 'cus_parked', true);
  const target = { tenant: 'ten_a', customerId: 'cus_parked' };
  const pay = accepted(await bus.submit({ ...target, type: 'invoice.pay', payload: { invoiceId: 'inv_x' } }));
  const refused = await bus.wait('ten_a', pay.commandId, 20_000);
  assert.equal(refused?.ok === false && refused.code, 'customer_parked');
  assert.equal((await bus.outcome('ten_a', pay.commandId))?.status, 'queued');

  const release = accepted(await bus.submit({ ...target, type: 'customer.release', payload: {} }));
  assert.equal(await bus.wait('ten_a', release.commandId, 30), undefined);
  await setParked(database.sql, 'ten_a', 'cus_parked', false);
  await answer('ten_a', pay.commandId, { ok: true, data: 'paid' });
  assert.deepEqual(await bus.wait('ten_a', pay.commandId, 20_000), { ok: true, data: 'paid' });
});

test('a secret in an answer is sealed in the row and readable for a day', async () => {
  const { commandId } = accepted(await clockCreate('secret'));
  const stored = sealOutcome({ id: 'whe_1' }, { secret: 'whsec_plain' }, { box: secretBox, commandId });
  assert.ok(!JSON.stringify(stored).includes('whsec_plain'));
  await answer('ten_a', commandId, stored);
  const shown = { ok: true, data: { id: 'whe_1', secret: 'whsec_plain' } };
  assert.deepEqual(await bus.wait('ten_a', commandId, 20_000), shown);
  assert.deepEqual((await bus.outcome('ten_a', commandId))?.outcome, shown);
  await inTenant(
    database.sql,
    'ten_a',
    (tx) => tx`update commands set decided_at = decided_at - interval '25 hours' where id = ${commandId}`,
  );
  assert.deepEqual((await bus.outcome('ten_a', commandId))?.outcome, { ok: true, data: { id: 'whe_1' } });
});

test('closing the bus ends its waits', async () => {
  const { commandId } = accepted(await clockCreate('closing'));
  const other = createCommandBus({
    sql: database.sql,
    clock,
    ids: createIds({ clock, random }),
    bell: { ring: async () => {} },
    secretBox,
    log: createLog({ level: 'error', clock }),
  });
  const waiting = other.wait('ten_a', commandId, 20_000);
  other.close();
  assert.equal(await waiting, undefined);
});
