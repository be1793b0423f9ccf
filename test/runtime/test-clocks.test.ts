// Moving a test clock: every instant in order, and nothing left undone behind it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Outcome } from '#actors/rejection.ts';
import { inTenant, type Tx } from '#db/scope.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { findTestClock } from '#db/views/test-clocks.ts';
import { systemClock } from '#runtime/clock.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { createTestClocks } from '#runtime/test-clocks.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, seedCustomer, seedTenant, setParked } from '#test/support/seeds.ts';

const START = SEEDED_AT;
const END = '2023-12-15T00:00:00.000000Z';
const day = (text: string) => `${text}T00:00:00.000000Z`;
const clock = systemClock();

let database: TestDatabase;
let tenant = '';
let made = 0;
let rings: Ring[] = [];

before(async () => {
  database = await testDatabase({ max: 10 });
});
after(() => database.close());
beforeEach(async () => {
  made += 1;
  rings = [];
  tenant = await seedTenant(database.sql, `ten_${made}`);
});

const scoped = <T>(work: (tx: Tx) => Promise<T>) => inTenant(database.sql, tenant, work);

/** A clock on its way from START to `target`, for a command that waits. */
async function advancing(target = END): Promise<{ id: string; command: string }> {
  const [id, command] = [`clk_${made}`, `cmd_${made}`];
  await scoped(async (tx) => {
    await tx`insert into commands (id, tenant_id, type, payload, payload_hash, status, created_at)
      values (${command}, ${tenant}, 'test_clock.advance', '{}', ${Buffer.alloc(32)}, 'queued', ${START})`;
    await tx`insert into test_clocks (id, tenant_id, name, now_at, target_at, status, command_id, created_at)
      values (${id}, ${tenant}, 'c', ${START}, ${target}, 'advancing', ${command}, ${START})`;
  });
  return { id, command };
}

async function nowOf(id: string): Promise<[string, string]> {
  const rows = await scoped(
    (tx) => tx<{ now: string; status: string }[]>`
    select now_at as now, status from test_clocks where id = ${id}`,
  );
  return [rows[0]?.now ?? '', rows[0]?.status ?? ''];
}

async function answerOf(command: string): Promise<Outcome | null> {
  const rows = await scoped(
    (tx) => tx<{ result: Outcome | null }[]>`select result from commands where id = ${command}`,
  );
  return rows[0]?.result ?? null;
}

/** Steps the clock with a worker beside it that answers each ring by `work`. */
const clocksWith = (work: (ring: Ring) => Promise<void> = async () => {}) =>
  createTestClocks({
    sql: database.sql,
    clock,
    bell: {
      ring: async (more) => {
        rings.push(...more);
        void Promise.all(more.map(work));
      },
    },
  });

/** A customer's actor in one line: at its due time it notes the clock and plans the next time of its list. */
const actor = (plans: Map<string, string[]>, seen: [string, string][]) => (ring: Ring) =>
  scoped(async (tx) => {
    const rows = await tx<
      { now: string }[]
    >`select k.now_at as now from customers c join test_clocks k on k.id = c.clock_id
      where c.id = ${ring.key} and c.due_at <= k.now_at for update of c`;
    if (rows[0] === undefined) return;
    seen.push([ring.key, rows[0].now]);
    const next = plans.get(ring.key)?.shift() ?? null;
    await tx`update customers set due_at = ${next} where id = ${ring.key}`;
  });

test('without customers the clock is at its target at once, and its command is answered', async () => {
  const { id, command } = await advancing();
  await clocksWith().step(tenant, id);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
  assert.deepEqual(await answerOf(command), {
    ok: true,
    data: {
      id,
      name: 'c',
      status: 'stable',
      now: END,
      target: END,
      instantsVisited: 1,
      parkedCustomers: [],
      createdAt: START,
    },
  });
});

test('every due instant is visited in order, and each customer sees its own', async () => {
  const { id, command } = await advancing();
  await seedCustomer(database.sql, tenant, { id: `cus_a${made}`, clockId: id, dueAt: day('2023-11-05') });
  await seedCustomer(database.sql, tenant, { id: `cus_b${made}`, clockId: id, dueAt: day('2023-11-05') });
  await seedCustomer(database.sql, tenant, { id: `cus_c${made}`, clockId: id, dueAt: day('2024-01-01') });
  const plans = new Map([
    [`cus_a${made}`, [day('2023-11-05'), day('2023-12-01'), day('2024-06-01')]],
    [`cus_b${made}`, [day('2023-11-20'), END]],
  ]);
  const seen: [string, string][] = [];
  await clocksWith(actor(plans, seen)).step(tenant, id);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
  const instants = (customer: string) => seen.filter(([who]) => who === customer).map(([, now]) => now);
  assert.deepEqual(instants(`cus_a${made}`), [day('2023-11-05'), day('2023-11-05'), day('2023-12-01')]);
  assert.deepEqual(instants(`cus_b${made}`), [day('2023-11-05'), day('2023-11-20'), END]);
  assert.deepEqual(instants(`cus_c${made}`), []);
  const outcome = await answerOf(command);
  assert.ok(outcome?.ok);
  assert.equal((outcome.data as { instantsVisited: number }).instantsVisited, 4);
});

test('two jobs that step one clock end as one', async () => {
  const { id } = await advancing();
  const customer = await seedCustomer(database.sql, tenant, {
    id: `cus_${made}`,
    clockId: id,
    dueAt: day('2023-11-02'),
  });
  const days = Array.from({ length: 20 }, (_, i) => day(`2023-11-${String(i + 3).padStart(2, '0')}`));
  const seen: [string, string][] = [];
  const clocks = clocksWith(actor(new Map([[customer, [...days]]]), seen));
  await Promise.all([clocks.step(tenant, id), clocks.step(tenant, id)]);
  assert.deepEqual(
    seen.map(([, now]) => now),
    [day('2023-11-02'), ...days],
  );
  assert.deepEqual(await nowOf(id), [END, 'stable']);
});

test('what is unresolved holds the clock where it is, and is rung', async () => {
  const { id, command } = await advancing();
  const customer = await seedCustomer(database.sql, tenant, { id: `cus_${made}`, clockId: id });
  const queued = `cmd_q${made}`;
  const holds: [string, (tx: Tx) => Promise<unknown>, (tx: Tx) => Promise<unknown>, Ring][] = [
    [
      'a queued command',
      (
        tx,
      ) => tx`insert into commands (id, tenant_id, customer_id, type, payload, payload_hash, status, created_at)
        values (${queued}, ${tenant}, ${customer}, 'invoice.pay', '{}', ${Buffer.alloc(32)}, 'queued', ${START})`,
      (tx) => tx`delete from commands where id = ${queued}`,
      { queue: 'advance', tenant, key: customer },
    ],
    [
      'late usage',
      (tx) => tx`insert into stale_usage (tenant_id, customer_id, meter_id, bucket, marked_at)
        values (${tenant}, ${customer}, 'mtr_x', ${START}, ${START})`,
      (tx) => tx`delete from stale_usage`,
      { queue: 'advance', tenant, key: customer },
    ],
    [
      'an undrained inbox',
      (
        tx,
      ) => tx`insert into usage_inbox (tenant_id, received_at, event_count, keys, body_hashes, customer_ids, event_ids,
          types, properties)
        values (${tenant}, ${START}, 1, array['00000000-0000-0000-0000-000000000001'::uuid], '{1}', array[${customer}],
          '{e}', '{t}', '[{}]')`,
      (tx) => tx`delete from usage_inbox`,
      { queue: 'ingest', tenant: '*', key: '0' },
    ],
    [
      'an unresolved payment',
      async (tx) => {
        await tx`insert into payment_methods (id, tenant_id, customer_id, gateway, token, is_default, created_at)
          values ('pm_1', ${tenant}, ${customer}, 'fake', 'tok', true, ${START})`;
        await tx`insert into invoices (id, tenant_id, customer_id, legal_entity_id, kind, group_key, boundary_at, currency,
            status, number, collection_method, issued_at, subtotal, total, created_at, updated_at)
          values ('inv_1', ${tenant}, ${customer}, ${`ent_${tenant}`}, 'cycle', 'g', ${START}, 'USD', 'open', 'INV-1',
            'charge_automatically', ${START}, 100, 100, ${START}, ${START})`;
        await tx`insert into payment_attempts (id, tenant_id, customer_id, invoice_id, number, status, amount, currency,
            gateway, payment_method_id, token, provider_key, next_call_at, created_at)
          values ('pat_1', ${tenant}, ${customer}, 'inv_1', 1, 'unknown', 100, 'USD', 'fake', 'pm_1', 'tok', 'k', ${START},
            ${START})`;
      },
      (tx) => tx`update payment_attempts set status = 'failed', next_call_at = null, settled_at = ${START}`,
      { queue: 'collect', tenant, key: 'inv_1' },
    ],
  ];
  for (const [name, hold, free, ring] of holds) {
    rings = [];
    await scoped(hold);
    await clocksWith().step(tenant, id);
    assert.deepEqual(await nowOf(id), [START, 'advancing'], name);
    assert.deepEqual(rings[0], ring, name);
    const view = await readTenant(database.sql, tenant, (tx) => findTestClock(tx, tenant, id));
    assert.equal(view?.waitingFor.length, 1, name);
    await scoped(free);
  }
  assert.equal(await answerOf(command), null);
  await clocksWith().step(tenant, id);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
});

test('usage that was set aside holds nobody up', async () => {
  const { id } = await advancing();
  await scoped(
    (
      tx,
    ) => tx`insert into usage_inbox (tenant_id, received_at, event_count, keys, body_hashes, customer_ids, event_ids, types,
        properties, failed_at, failure)
      values (${tenant}, ${START}, 1, array['00000000-0000-0000-0000-000000000001'::uuid], '{1}', '{c}', '{e}', '{t}', '[{}]',
        ${START}, 'a bug')`,
  );
  await clocksWith().step(tenant, id);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
});

test('a customer that becomes due behind a clock at rest is rung', async () => {
  const { id } = await advancing();
  await clocksWith().step(tenant, id);
  // A turn that read the clock before it moved saves after it came to rest, and rings the clock.
  const customer = await seedCustomer(database.sql, tenant, {
    id: `cus_${made}`,
    clockId: id,
    dueAt: day('2023-11-05'),
  });
  await clocksWith().step(tenant, id);
  assert.deepEqual(rings, [{ queue: 'advance', tenant, key: customer }]);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
});

test('a parked customer holds nobody up and is named', async () => {
  const { id, command } = await advancing();
  const customer = await seedCustomer(database.sql, tenant, {
    id: `cus_${made}`,
    clockId: id,
    dueAt: day('2023-11-05'),
  });
  await setParked(database.sql, tenant, customer, true);
  await clocksWith().step(tenant, id);
  const outcome = await answerOf(command);
  assert.ok(outcome?.ok);
  assert.deepEqual((outcome.data as { parkedCustomers: string[] }).parkedCustomers, [customer]);
});

test("an actor that never gets done keeps the clock at its instant; the job ends, and the clock's row says why", async () => {
  const { id } = await advancing();
  await seedCustomer(database.sql, tenant, { id: `cus_${made}`, clockId: id, dueAt: day('2023-11-05') });
  await clocksWith().step(tenant, id);
  assert.deepEqual(await nowOf(id), [day('2023-11-05'), 'advancing']);
  assert.ok(rings.length >= 2 && rings.every((ring) => ring.key === `cus_${made}`));
});

test("another tenant's clock does not move, and a stable one stays", async () => {
  const { id } = await advancing();
  const other = await seedTenant(database.sql, `ten_other${made}`);
  await clocksWith().step(other, id);
  assert.deepEqual(await nowOf(id), [START, 'advancing']);
  await clocksWith().step(tenant, id);
  await clocksWith().step(tenant, id);
  assert.deepEqual(await nowOf(id), [END, 'stable']);
});

test('an aborted job stops at a whole instant', async () => {
  const { id } = await advancing();
  await clocksWith().step(tenant, id, AbortSignal.abort());
  assert.deepEqual(await nowOf(id), [START, 'advancing']);
});
