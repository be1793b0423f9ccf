// All due work is found in Postgres and rung: given rows of each kind, when the sweep looks, then these rings.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import { QUEUE_NAMES, type QueueName } from '#runtime/config-schema.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { createSweep } from '#runtime/sweep.ts';
import { startSweeping } from '#runtime/sweep-loop.ts';
import { createUpkeep } from '#runtime/sweep-upkeep.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { quietLog } from '#test/support/queue-backends.ts';

const START = '2026-03-01T00:00:00Z';
const LONG_AGO = '2026-01-01T00:00:00Z';

let database: TestDatabase;
let admin: Sql;
let clock: ManualClock;
let rung: Ring[];
let waiting: Partial<Record<QueueName, number | undefined>>;

before(async () => {
  database = await testDatabase();
  admin = connectDatabase({ url: database.adminUrl, max: 2 });
});
after(async () => {
  await admin.end();
  await database.close();
});
beforeEach(async () => {
  await admin`truncate tenants, usage_inbox, outbox, stale_usage, ingest_requests, webhook_endpoints, webhook_messages cascade`;
  await admin`insert into tenants (id, name, sandbox, currency, zone, created_at) values ('ten_1', 'T', true, 'USD', 'UTC', ${LONG_AGO})`;
  clock = manualClock(START);
  rung = [];
  waiting = Object.fromEntries(QUEUE_NAMES.map((name) => [name, 0]));
});

function sweep(settings = {}) {
  const bell = {
    ring: async (rings: readonly Ring[]) => void rung.push(...rings),
    waiting: async (queue: QueueName) => waiting[queue],
  };
  return createSweep({ sql: database.sql, clock, bell, settings });
}

/** What was rung since the last question, as `queue tenant key`. */
function heard(): string[] {
  return rung
    .splice(0)
    .map(({ queue, tenant, key }) => `${queue} ${tenant} ${key}`)
    .toSorted();
}

async function customer(id: string, columns: Record<string, string | null> = {}): Promise<void> {
  const row = {
    id,
    tenant_id: 'ten_1',
    external_id: id,
    name: id,
    currency: 'USD',
    zone: 'UTC',
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    ...columns,
  };
  await admin`insert into customers ${admin(row)}`;
}

describe('customers', () => {
  test('are rung when due, in real time only, and not when parked', async () => {
    await admin`insert into test_clocks (id, tenant_id, name, now_at, target_at, status, created_at)
      values ('clk_1', 'ten_1', 'c', ${LONG_AGO}, ${LONG_AGO}, 'stable', ${LONG_AGO})`;
    await customer('cus_due', { due_at: START });
    await customer('cus_later', { due_at: '2026-03-01T00:00:04Z' });
    await customer('cus_idle');
    await customer('cus_parked', { due_at: START, parked_at: START });
    await customer('cus_clock', { due_at: LONG_AGO, clock_id: 'clk_1' });
    assert.deepEqual(await sweep().once(), { rung: 1, more: false });
    assert.deepEqual(heard(), ['advance ten_1 cus_due']);
    await clock.advance(4_000);
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_later']);
  });

  test('are rung again after five seconds, half a minute behind many jobs, or at once when they fall due again', async () => {
    await customer('cus_1', { due_at: START });
    await sweep().once();
    await clock.advance(4_000);
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1']);
    await admin`update customers set due_at = '2026-03-01T00:00:04Z'`;
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1']);
    await clock.advance(5_001);
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1']);
    waiting = { ...waiting, advance: 101 };
    await clock.advance(29_000);
    await sweep().once();
    assert.deepEqual(heard(), []);
    await clock.advance(1_001);
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1']);
  });

  test('that are locked by a turn are passed over without waiting', async () => {
    await customer('cus_locked', { due_at: START });
    await customer('cus_free', { due_at: START });
    await admin.begin(async (tx) => {
      await tx`select from customers where id = 'cus_locked' for update`;
      await sweep().once();
      assert.deepEqual(heard(), ['advance ten_1 cus_free']);
    });
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_locked']);
  });

  test('of one tenant share jobs at month start, and one sweep rings a bounded number', async () => {
    for (let n = 0; n < 120; n += 1) await customer(`cus_${String(n).padStart(3, '0')}`, { due_at: START });
    const limited = sweep({ max: 110 });
    assert.deepEqual(await limited.once(), { rung: 3, more: true });
    assert.deepEqual(
      rung.splice(0).map(({ queue, key, keys }) => [queue, keys?.[0] === key, keys?.length]),
      [
        ['advance', true, 50],
        ['advance', true, 50],
        ['advance', true, 10],
      ],
    );
    assert.deepEqual(await limited.once(), { rung: 10, more: false });
  });

  test('whose draft has had its grace ring the invoice queue', async () => {
    await customer('cus_1', { due_at: START });
    await admin`insert into legal_entities (id, tenant_id, name, zone, number_prefix, is_default, created_at)
      values ('ent_1', 'ten_1', 'E', 'UTC', '', true, ${LONG_AGO})`;
    await admin`insert into invoices (id, tenant_id, customer_id, legal_entity_id, kind, group_key, boundary_at, currency,
        status, collection_method, finalize_at, created_at, updated_at)
      values ('inv_1', 'ten_1', 'cus_1', 'ent_1', 'cycle', 'g', ${START}, 'USD', 'draft', 'send_invoice', ${START}, ${START}, ${START})`;
    await sweep().once();
    assert.deepEqual(heard(), ['invoice ten_1 cus_1']);
  });
});

describe('commands', () => {
  const command = async (id: string, columns: Record<string, string | null>): Promise<void> => {
    const row = {
      id,
      tenant_id: 'ten_1',
      type: 'subscription.create',
      payload: '{}',
      payload_hash: Buffer.alloc(32),
      status: 'queued',
      created_at: LONG_AGO,
      ...columns,
    };
    await admin`insert into commands ${admin(row)}`;
  };

  test('ring their actor once they are older than the ring of the bus', async () => {
    await customer('cus_1');
    await command('cmd_1', { customer_id: 'cus_1' });
    await command('cmd_2', { customer_id: 'cus_1' });
    await command('cmd_3', {});
    await command('cmd_new', { created_at: START });
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1', 'advance ten_1 tenant']);
    await sweep().once();
    assert.deepEqual(heard(), []);
    await clock.advance(31_000);
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1', 'advance ten_1 tenant']);
  });

  test('of a parked customer ring only for its release', async () => {
    await customer('cus_a', { parked_at: START });
    await customer('cus_b', { parked_at: START });
    await command('cmd_1', { customer_id: 'cus_a' });
    await command('cmd_2', { customer_id: 'cus_b', type: 'customer.release' });
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_b']);
  });

  test('that wait for a test clock are the work of the clock', async () => {
    await command('cmd_1', { type: 'test_clock.advance' });
    await admin`insert into test_clocks (id, tenant_id, name, now_at, target_at, status, command_id, created_at)
      values ('clk_1', 'ten_1', 'c', ${LONG_AGO}, ${START}, 'advancing', 'cmd_1', ${LONG_AGO})`;
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 clk_1']);
  });
});

describe('everything else', () => {
  test('late usage rings its customer, the outbox and the inbox ring their one key', async () => {
    await customer('cus_1');
    await admin`insert into stale_usage (tenant_id, customer_id, meter_id, bucket, marked_at) values
      ('ten_1', 'cus_1', 'mtr_1', ${LONG_AGO}, ${LONG_AGO}), ('ten_1', 'cus_1', 'mtr_2', ${LONG_AGO}, ${LONG_AGO})`;
    await admin`insert into billing_events (id, tenant_id, customer_id, sequence, type, object_type, object_id, data, occurred_at, created_at)
      values ('evt_1', 'ten_1', 'cus_1', 1, 'billing.customer.created', 'customer', 'cus_1', '{}', ${LONG_AGO}, ${LONG_AGO})`;
    await admin`insert into outbox (event_id, tenant_id, created_at) values ('evt_1', 'ten_1', ${LONG_AGO})`;
    await admin`insert into usage_inbox (tenant_id, received_at, event_count, keys, body_hashes, customer_ids, event_ids, types, properties)
      values ('ten_1', ${LONG_AGO}, 1, ${['00000000-0000-0000-0000-000000000000']}::uuid[], '{1}', '{cus_1}', '{e1}', '{t}', '[{}]')`;
    await sweep().once();
    assert.deepEqual(heard(), ['advance ten_1 cus_1', 'ingest * 0', 'notify * outbox']);
    await sweep().once();
    assert.deepEqual(heard(), ['ingest * 0', 'notify * outbox']);
  });

  test('an inbox row set aside is not rung', async () => {
    await admin`insert into usage_inbox (tenant_id, received_at, event_count, keys, body_hashes, customer_ids, event_ids, types, properties, failed_at)
      values ('ten_1', ${LONG_AGO}, 1, ${['00000000-0000-0000-0000-000000000000']}::uuid[], '{1}', '{cus_1}', '{e1}', '{t}', '[{}]', ${START})`;
    await sweep().once();
    assert.deepEqual(heard(), []);
  });

  test('endpoints ring for deliveries that are due and free; a due one after the ring rings at once', async () => {
    const endpoint = (id: string, status: string, resume: string | null) => admin`
      insert into webhook_endpoints (id, tenant_id, url, secret, status, disabled_reason, resume_at, created_at)
      values (${id}, 'ten_1', 'https://x.test', '\\x00', ${status}, ${status === 'disabled' ? 'gone' : null}, ${resume}, ${LONG_AGO})`;
    const delivery = (id: string, endpointId: string, at: string, lease: string | null = null) => admin`
      insert into webhook_deliveries (id, tenant_id, endpoint_id, message_id, status, next_attempt_at, lease_until, created_at)
      values (${id}, 'ten_1', ${endpointId}, ${id}, 'pending', ${at}, ${lease}, ${LONG_AGO})`;
    await admin`insert into webhook_messages (id, tenant_id, event_type, body, created_at)
      select 'whd_' || n, 'ten_1', 't', '{}', ${LONG_AGO} from generate_series(1, 8) n`;
    await endpoint('whe_a', 'enabled', null);
    await endpoint('whe_b', 'disabled', null);
    await endpoint('whe_c', 'enabled', '2026-03-01T00:01:00Z');
    await endpoint('whe_d', 'enabled', null);
    await endpoint('whe_e', 'enabled', null);
    await delivery('whd_1', 'whe_a', START);
    await delivery('whd_2', 'whe_a', START);
    await delivery('whd_3', 'whe_b', START);
    await delivery('whd_4', 'whe_c', START);
    await delivery('whd_5', 'whe_d', START, '2026-03-01T00:00:30Z');
    await delivery('whd_6', 'whe_e', '2026-03-01T00:00:05Z');
    const same = sweep();
    await same.once();
    assert.deepEqual(heard(), ['webhook-dispatch ten_1 whe_a']);
    await clock.advance(5_000);
    await same.once();
    assert.deepEqual(heard(), ['webhook-dispatch ten_1 whe_e']);
    await delivery('whd_7', 'whe_a', '2026-03-01T00:00:05Z');
    await same.once();
    assert.deepEqual(heard(), ['webhook-dispatch ten_1 whe_a']);
    // Taken after the ring by somebody who then died.
    await admin`update webhook_deliveries set lease_until = '2026-03-01T00:00:08Z' where id = 'whd_6'`;
    await same.once();
    assert.deepEqual(heard(), []);
    await clock.advance(4_000);
    await same.once();
    assert.deepEqual(heard(), ['webhook-dispatch ten_1 whe_e']);
    await clock.advance(56_000);
    await same.once();
    assert.deepEqual(
      heard(),
      ['a', 'c', 'd', 'e'].map((x) => `webhook-dispatch ten_1 whe_${x}`),
    );
  });

  test('nothing is marked for a queue that is away or full', async () => {
    await customer('cus_1', { due_at: START });
    waiting = { ...waiting, advance: undefined };
    assert.equal((await sweep().once()).rung, 0);
    waiting = { ...waiting, advance: 5_001 };
    assert.equal((await sweep().once()).rung, 0);
    waiting = { ...waiting, advance: 5_000 };
    assert.equal((await sweep().once()).rung, 1);
  });

  test('one process sweeps at a time, and each ring carries the window of its sweep', async () => {
    await customer('cus_1', { due_at: START });
    await admin.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${0x53574550})`;
      assert.equal((await sweep().once()).rung, 0);
    });
    assert.equal((await sweep().once()).rung, 1);
    assert.match(rung[0]?.window ?? '', /^s\d+$/);
  });
});

describe('upkeep', () => {
  const rollups = { once: async () => ({ hours: 0, differing: 0 }) };

  test('months of usage exist ahead, and are made once', async () => {
    const upkeep = createUpkeep({ sql: database.sql, clock, log: quietLog(), rollups });
    assert.equal((await upkeep.once()).monthsMade, 6);
    assert.equal((await upkeep.once()).monthsMade, 0);
    await clock.advance(31 * 24 * 3_600_000);
    assert.equal((await upkeep.once()).monthsMade, 2);
    const [where] = await admin`
      insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
      values (1, 'ten_1', 'cus_1', 'mtr_1', '', 1, ${START}, ${START}, '2026-04-30T23:59:59.999999Z') returning tableoid::regclass::text as name`;
    assert.equal(where?.['name'], 'meter_events_2026_04');
  });

  test('a month whose rows already lie in the default partition is left there, the others are made', async () => {
    await admin`insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
      values (1, 'ten_1', 'cus_1', 'mtr_1', '', 1, ${START}, ${START}, '2031-01-05T00:00:00Z')`;
    const later = manualClock('2031-01-05T00:00:00Z');
    const log = { ...quietLog(), warn: () => {} };
    const upkeep = createUpkeep({ sql: database.sql, clock: later, log, rollups });
    assert.equal((await upkeep.once()).monthsMade, 4);
  });

  test('answers to ingest requests are kept for seven days', async () => {
    await admin`insert into ingest_requests (id, tenant_id, result, drained_at) values
      (1, 'ten_1', 'c', '2026-02-21T23:59:59Z'), (2, 'ten_1', 'c', '2026-02-22T00:00:01Z')`;
    const upkeep = createUpkeep({ sql: database.sql, clock, log: quietLog(), rollups });
    assert.equal((await upkeep.once()).answersDeleted, 1);
  });
});

test('sweeping begins at once, goes on after a fault, and stops', async () => {
  let sweeps = 0;
  const loop = startSweeping({
    sweep: {
      once: async () => {
        sweeps += 1;
        if (sweeps === 1) throw new Error('away');
        return { rung: 0, more: sweeps === 2 };
      },
    },
    upkeep: { once: async () => ({ monthsMade: 0, answersDeleted: 0 }) },
    upkeepSchedule: '17 * * * *',
    clock,
    random: { bytes: (count) => new Uint8Array(count), number: () => 0.5 },
    log: { ...quietLog(), warn: () => {} },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  assert.equal(sweeps, 1);
  await clock.advance(1_200);
  await settled();
  assert.equal(sweeps, 3);
  await loop.stop();
  assert.equal(sweeps, 3);
});
