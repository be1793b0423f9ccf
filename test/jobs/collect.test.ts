// Collection on real Postgres with the fake gateway: given a card, when the job runs (twice, late, or crashes), then the
// provider's book and ours agree, and nothing is charged twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { collectJob } from '#jobs/collect.ts';
import { createFakeGateway } from '#jobs/gateways/fake-gateway.ts';
import type { Gateway } from '#jobs/gateways/gateway.ts';
import { settling } from '#jobs/outcome.ts';
import { Fenced, TransientError } from '#runtime/errors.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { quietLog } from '#test/support/queue-backends.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { turnSetting } from '#test/support/turns.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let database: TestDatabase;
let fake: Gateway;
let stories = 0;

before(async () => {
  database = await testDatabase({ max: 10 });
  fake = createFakeGateway({ sql: database.sql });
});
after(() => database.close());

type Attempt = { status: string; number: number; code: string | null; next: string | null };

/** A customer with one open invoice of 99.00 and an attempt to be called now, with a card that behaves as `token` says. */
async function story(token: string, gateway: Gateway = fake) {
  stories += 1;
  const tenant = `ten_${stories}`;
  const customer = `cus_${stories}`;
  const clock: ManualClock = manualClock('2026-03-01T00:00:00Z');
  const setting = await turnSetting(database.sql, tenant, [customer], clock);
  const ask = <T>(query: (tx: Parameters<Parameters<typeof inTenant>[2]>[0]) => Promise<readonly T[]>) =>
    inTenant(database.sql, tenant, async (tx) => [...(await query(tx))]);
  const card = `${token}_${stories}`;
  await ask((tx) => tx`update payment_methods set token = ${card}`);
  await setting.command(customer, 'subscription.create', { plan: 'pro' });
  await setting.turns.run(tenant, [customer]);
  const key = setting.rings.find(({ queue }) => queue === 'collect')?.key;
  assert.ok(key);
  const deps = {
    sql: database.sql,
    clock,
    log: { ...quietLog(), warn: () => {}, error: () => {} },
    metrics: createMetrics(),
    gateways: [gateway],
    turns: setting.turns,
  };
  const run = (more: Partial<typeof deps> = {}) =>
    collectJob({ ...deps, ...more })({ tenant, key, retries: 0 }, new AbortController().signal);

  return {
    tenant,
    customer,
    clock,
    setting,
    run,
    attempts: () =>
      ask<Attempt>(
        (tx) =>
          tx`select status, number, decline_code as code, next_call_at as next from payment_attempts order by number`,
      ),
    invoice: async () =>
      (await ask<object>((tx) => tx`select status, amount_paid as paid from invoices where id = ${key}`))[0],
    payments: async () => (await ask<object>((tx) => tx`select id from payments`)).length,
    /** What the provider has of this card. */
    book: async () => [
      ...(await database.sql<{ outcome: string; amount: string; calls: number }[]>`
        select outcome, amount, calls from fake_gateway.charges where token = ${card} order by provider_key`),
    ],
  };
}

const PAID = { status: 'paid', paid: '9900' };
const OPEN = { status: 'open', paid: '0' };

test('a good card pays the invoice once, however often the job runs', async () => {
  const { run, invoice, payments, book } = await story('tok_ok');
  await run();
  await run();
  assert.deepEqual(await invoice(), PAID);
  assert.equal(await payments(), 1);
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 1 }]);
});

test('a decline is an answer: the next attempt has a key of its own and waits for its day', async () => {
  const { run, setting, tenant, customer, attempts, invoice, book } = await story('tok_decline_once');
  await run();
  assert.deepEqual(await attempts(), [{ status: 'failed', number: 1, code: 'card_declined', next: null }]);
  assert.deepEqual(await invoice(), OPEN);
  await setting.setClock('2023-11-04T00:00:00Z');
  await setting.turns.run(tenant, [customer]);
  await run();
  assert.deepEqual(await invoice(), PAID);
  assert.deepEqual(
    (await book()).map(({ outcome }) => outcome),
    ['declined', 'succeeded'],
  );
});

test('an answer that was lost is asked for again under the same key', async () => {
  const { run, clock, attempts, invoice, payments, book } = await story('tok_unknown_once');
  await run();
  assert.deepEqual(await attempts(), [
    { status: 'unknown', number: 1, code: null, next: '2026-03-01T00:00:02.000000Z' },
  ]);
  await run();
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 1 }]);
  await clock.advance(2 * SECOND);
  await run();
  assert.deepEqual(await invoice(), PAID);
  assert.equal(await payments(), 1);
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 2 }]);
});

test('a request that was lost is repeated under the same key', async () => {
  const { run, clock, invoice, book } = await story('tok_unknown_before');
  await run();
  assert.deepEqual(await book(), [{ outcome: 'lost', amount: '9900', calls: 1 }]);
  await clock.advance(2 * SECOND);
  await run();
  assert.deepEqual(await invoice(), PAID);
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 2 }]);
});

test('without answers the waits grow; a key the provider may have forgotten is looked up, never sent', async () => {
  const asked: string[] = [];
  const gateway: Gateway = {
    ...fake,
    charge: (request, signal) => {
      asked.push('charge');
      return fake.charge(request, signal);
    },
    lookup: (key, signal) => {
      asked.push('lookup');
      return fake.lookup(key, signal);
    },
  };
  const { run, clock, attempts, invoice } = await story('tok_down', gateway);
  const waits = [2 * SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, HOUR];
  for (const wait of waits) {
    await run();
    const next = (await attempts())[0]?.next ?? '';
    assert.equal(clock.wall().until(Temporal.Instant.from(next)).total('milliseconds'), wait);
    await clock.advance(wait);
  }
  assert.deepEqual(
    asked,
    waits.map(() => 'charge'),
  );
  await clock.advance(23 * HOUR);
  await run();
  assert.deepEqual(asked.slice(waits.length), ['lookup']);
  assert.equal((await attempts())[0]?.code, 'not_received');
  assert.deepEqual(await invoice(), OPEN);
});

test('two jobs at once make one call', async () => {
  const { run, invoice, book } = await story('tok_ok');
  await Promise.all([run(), run(), run()]);
  assert.deepEqual(await invoice(), PAID);
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 1 }]);
});

test('a caller whose lease ran out is fenced, and its job is not acknowledged', async () => {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let calls = 0;
  const gateway: Gateway = {
    ...fake,
    charge: async (request, signal) => {
      const answer = await fake.charge(request, signal);
      calls += 1;
      if (calls === 1) {
        reached.resolve();
        await held.promise;
      }
      return answer;
    },
  };
  const { tenant, clock, run, invoice, payments, book, attempts } = await story('tok_ok', gateway);
  const patient = { ...clock, sleep: () => new Promise<void>(() => {}) };
  const rung: unknown[] = [];
  const settled = settling('collect', () => run({ clock: patient }), {
    bell: { ring: async (rings) => void rung.push(...rings) },
    random: seededRandom(1),
    log: { ...quietLog(), warn: () => {} },
    metrics: createMetrics(),
  });
  const late = settled({ tenant, key: 'unused', retries: 0 }, new AbortController().signal);
  await reached.promise;
  await clock.advance(11 * SECOND);
  await run();
  assert.deepEqual(await invoice(), PAID);
  held.resolve();
  await assert.rejects(late, Fenced);
  assert.deepEqual(rung, []);
  assert.equal(await payments(), 1);
  assert.deepEqual(
    (await attempts()).map(({ status }) => status),
    ['succeeded'],
  );
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 2 }]);
});

test('a crash between the charge and its record ends in one charge and one payment', async () => {
  const { clock, run, invoice, payments, book } = await story('tok_ok');
  const crash = { deliver: () => Promise.reject(new TransientError('killed')) };
  await assert.rejects(run({ turns: { ...crash, run: async () => {} } }), TransientError);
  assert.deepEqual(await invoice(), OPEN);
  await run();
  assert.deepEqual(await invoice(), OPEN, 'the lease of the dead caller still runs');
  await clock.advance(11 * SECOND);
  await run();
  assert.deepEqual(await invoice(), PAID);
  assert.equal(await payments(), 1);
  assert.deepEqual(await book(), [{ outcome: 'succeeded', amount: '9900', calls: 2 }]);
});

test('a gateway that throws, hangs or does not exist has given no answer', async () => {
  const broken: Gateway = { ...fake, charge: () => Promise.reject(new Error('socket hang up')) };
  const silent: Gateway = { ...fake, charge: () => new Promise(() => {}) };
  for (const gateway of [broken, silent, { ...fake, name: 'other' }]) {
    const { clock, run, attempts } = await story('tok_ok', gateway);
    const running = run();
    while (gateway === silent && clock.sleeping() === 0)
      await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(20 * SECOND);
    await running;
    assert.deepEqual(
      (await attempts()).map(({ status }) => status),
      ['unknown'],
    );
  }
});
