// Usage a tenant cannot take is refused whole, before anything is written, and every problem says where it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inSystem, inTenant, type Sql } from '#db/scope.ts';
import { listMeterRefusals } from '#db/views/meter-refusals.ts';
import type { UsageEventInput } from '#runtime/ingest/usage-event.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, seedCustomer } from '#test/support/seeds.ts';
import { accepted, counted, seedMeter, type UsageSetting, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const problemsOf = async (setting: UsageSetting, tenant: string, events: readonly UsageEventInput[]) => {
  const acceptance = await setting.ingest.accept(tenant, events);
  assert.equal(acceptance.kind, 'refused');
  return acceptance.kind === 'refused'
    ? acceptance.problems.map(({ pointer, code }) => `${pointer} ${code}`)
    : [];
};

async function seedClock(sql: Sql, tenantId: string, id: string, now: string): Promise<void> {
  await inTenant(
    sql,
    tenantId,
    (tx) => tx`insert into test_clocks (id, tenant_id, name, now_at, target_at, status, created_at)
      values (${id}, ${tenantId}, ${id}, ${now}, ${now}, 'stable', ${SEEDED_AT})`,
  );
}

test('unknown meters, customers and subscriptions are named, and nothing of the body is taken', async () => {
  const { sql } = database;
  const setting = await usageSetting(sql, 'ten_unknown');
  const { call } = setting;
  assert.deepEqual(
    await problemsOf(setting, 'ten_unknown', [
      call('1', 1),
      call('2', 1, { type: 'x' }),
      call('3', 1, { customer: 'nobody' }),
    ]),
    ['/events/1/type unknown_meter', '/events/2/customer unknown_customer'],
  );
  assert.deepEqual(await problemsOf(setting, 'ten_unknown', [call('1', 1, { subscription: 'sub_none' })]), [
    '/events/0/subscription unknown_subscription',
  ]);
  await usageSetting(sql, 'ten_neighbour');
  assert.deepEqual(
    await problemsOf(setting, 'ten_unknown', [call('1', 1, { customer: 'cus_ten_neighbour' })]),
    ['/events/0/customer unknown_customer'],
  );
  const waiting = await inSystem(sql, (tx) => tx`select 1 from usage_inbox where tenant_id = 'ten_unknown'`);
  assert.equal(waiting.length, 0);
});

test('a matching meter without an exact number refuses the event and names the property', async () => {
  const { sql } = database;
  const meters = [
    { id: 'mtr_value', valueProperty: 'n', filters: [{ property: 'kind', in: ['a'] }] },
    { id: 'mtr_split', aggregation: 'count' as const, dimensions: ['region'] },
  ];
  const setting = await usageSetting(sql, 'ten_value', { meters });
  const of = (properties: Record<string, unknown>) => setting.call('1', 0, { properties });
  for (const [properties, expected] of [
    [{ kind: 'a' }, '/events/0/properties/n missing_value'],
    [{ kind: 'a', n: '1,5' }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: '0x10' }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: '' }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: null }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: true }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: '1e400' }, '/events/0/properties/n not_a_decimal'],
    [{ kind: 'a', n: 1, region: ['eu'] }, '/events/0/properties/region not_a_dimension'],
  ] as const) {
    assert.deepEqual(
      await problemsOf(setting, 'ten_value', [of(properties)]),
      [expected],
      JSON.stringify(properties),
    );
  }
  assert.deepEqual(await setting.count([of({ kind: 'b' })]), ['created']);
});

test('a meter created a moment ago counts the next event, also in a process that knew the tenant before', async () => {
  const { sql } = database;
  const { count, call } = await usageSetting(sql, 'ten_newer');
  await count([call('1', 5)]);
  await seedMeter(sql, 'ten_newer', { id: 'mtr_newer_count', aggregation: 'count' });
  await count([call('2', 5)]);
  assert.deepEqual(await counted(sql, 'ten_newer'), { count: '3', sum: '11' });
  await seedMeter(sql, 'ten_newer', { id: 'mtr_newer_type', eventType: 'fresh' });
  assert.deepEqual(await count([call('3', 1, { type: 'fresh' })]), ['created']);
});

test('time may lead the clock by a day and no more; on a test clock it is that clock that counts', async () => {
  const { sql } = database;
  const setting = await usageSetting(sql, 'ten_clock');
  const { call, count } = setting;
  assert.deepEqual(await count([call('1', 1, { time: '2023-12-02T12:00:00Z' })]), ['created']);
  assert.deepEqual(
    await problemsOf(setting, 'ten_clock', [call('2', 1, { time: '2023-12-02T12:00:00.000001Z' })]),
    ['/events/0/time time_in_future'],
  );

  await seedClock(sql, 'ten_clock', 'clk_a', '2021-01-31T00:00:00.5Z');
  await seedCustomer(sql, 'ten_clock', { id: 'cus_on_clock', clockId: 'clk_a' });
  const past = { customer: 'cus_on_clock' };
  assert.deepEqual(
    await problemsOf(setting, 'ten_clock', [call('3', 1, { ...past, time: '2021-02-01T00:00:01Z' })]),
    ['/events/0/time time_in_future'],
  );
  await count([
    call('4', 1, { ...past, time: undefined }),
    call('5', 1, { ...past, time: '2021-01-30T00:00:00Z' }),
  ]);
  const rows = await inTenant(
    sql,
    'ten_clock',
    (tx) => tx<{ id: string; at: string; received: string }[]>`
      select event_id as id, event_time as at, received_at as received from usage_events
      where customer_id = 'cus_on_clock' order by event_id`,
  );
  const now = '2021-01-31T00:00:00.500000Z';
  assert.deepEqual(
    [...rows],
    [
      { id: '4', at: now, received: now },
      { id: '5', at: '2021-01-30T00:00:00.000000Z', received: now },
    ],
  );
});

test('a subscription of its own scope keeps its usage apart; any other subscription named counts for the customer', async () => {
  const { sql } = database;
  const { count, call } = await usageSetting(sql, 'ten_scope');
  await inTenant(sql, 'ten_scope', async (tx) => {
    await tx`insert into plans (id, tenant_id, key, name, created_at) values ('pln_s', 'ten_scope', 'p', 'p', ${SEEDED_AT})`;
    await tx`insert into plan_versions (id, tenant_id, plan_id, version, currency, interval, interval_count, published_at, created_at)
      values ('plv_s', 'ten_scope', 'pln_s', 1, 'USD', 'month', 1, ${SEEDED_AT}, ${SEEDED_AT})`;
    await tx`insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, created_at)
      values ('prc_s', 'ten_scope', 'plv_s', 0, 'u', 'u', 'in_arrears', 'mtr_ten_scope', '{}', ${SEEDED_AT})`;
    for (const [id, scope] of [
      ['own', 'subscription'],
      ['shared', 'customer'],
    ] as const) {
      await tx`insert into subscriptions (id, tenant_id, customer_id, plan_version_id, status, currency, zone, interval,
          interval_count, anchor_at, period_index, period_start, period_end, created_at, updated_at)
        values (${`sub_${id}`}, 'ten_scope', 'cus_ten_scope', 'plv_s', 'active', 'USD', 'UTC', 'month', 1, '2023-11-01', 0,
          '2023-11-01', '2023-12-01', ${SEEDED_AT}, ${SEEDED_AT})`;
      await tx`insert into items (id, tenant_id, customer_id, subscription_id, position)
        values (${`itm_${id}`}, 'ten_scope', 'cus_ten_scope', ${`sub_${id}`}, 0)`;
      await tx`insert into item_versions (id, tenant_id, customer_id, item_id, subscription_id, price_id, meter_id, quantity, usage_scope,
          effective_from)
        values (${`itv_${id}`}, 'ten_scope', 'cus_ten_scope', ${`itm_${id}`}, ${`sub_${id}`}, 'prc_s', 'mtr_ten_scope', 1, ${scope}, '2023-11-01')`;
    }
  });
  await count([
    call('1', 1),
    call('2', 2, { subscription: 'sub_own' }),
    call('3', 4, { subscription: 'sub_shared' }),
  ]);
  const rows = await inTenant(
    sql,
    'ten_scope',
    (tx) => tx<{ scope: string; sum: string }[]>`
      select scope_id as scope, sum_value::text as sum from usage_rollups where tenant_id = 'ten_scope' order by 1`,
  );
  assert.deepEqual(
    [...rows],
    [
      { scope: '', sum: '5' },
      { scope: 'sub_own', sum: '2' },
    ],
  );
});

test('dimensions split rollups, absent ones together', async () => {
  const { sql } = database;
  const { count, call } = await usageSetting(sql, 'ten_split', {
    meters: [{ id: 'mtr_dims', dimensions: ['model', 'region'] }],
  });
  const of = (id: string, properties: object) => call(id, 0, { properties: { n: 1, ...properties } });
  await count([
    of('1', { model: 'a', region: 'eu' }),
    of('2', { region: 'eu', model: 'a' }),
    of('3', { model: 'a' }),
    of('4', { model: 'a', region: null }),
    of('5', { model: 7, region: true }),
  ]);
  const rows = await inTenant(
    sql,
    'ten_split',
    (tx) => tx<{ dimensions: unknown; n: string }[]>`
      select dimensions, event_count::text as n from usage_rollups where tenant_id = 'ten_split' order by dimensions`,
  );
  assert.deepEqual(
    rows.map((row) => [row.dimensions, row.n]),
    [
      [{ model: '7', region: 'true' }, '1'],
      [{ model: 'a', region: null }, '2'],
      [{ model: 'a', region: 'eu' }, '2'],
    ].toSorted(
      (a, b) =>
        rows.findIndex((r) => JSON.stringify(r.dimensions) === JSON.stringify(a[0])) -
        rows.findIndex((r) => JSON.stringify(r.dimensions) === JSON.stringify(b[0])),
    ),
  );
});

test('no more is taken than can be held, and what waits is taken', async () => {
  const { sql } = database;
  const { ingest, call } = await usageSetting(sql, 'ten_flood');
  const batch = (name: string) => Array.from({ length: 1_000 }, (_, i) => call(`${name}-${i}`, 1));
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => ingest.accept('ten_flood', batch(`b${i}`))),
  );
  const kinds = Map.groupBy(answers, (answer) => answer.kind);
  assert.ok((kinds.get('overloaded')?.length ?? 0) > 0);
  assert.ok((kinds.get('accepted')?.length ?? 0) >= 20);
  await accepted(ingest, 'ten_flood', batch('again'));
  await ingest.close();
});

test('what a meter could not read is counted by property and reason, and a meter that has changed is asked again', async () => {
  const { sql } = database;
  const tenant = 'ten_unread';
  const setting = await usageSetting(sql, tenant);
  const { call } = setting;
  const refused = (events: readonly UsageEventInput[]) => problemsOf(setting, tenant, events);
  const counts = async () => {
    const rows = await inTenant(sql, tenant, (tx) => listMeterRefusals(tx, tenant, `mtr_${tenant}`));
    return rows.map(({ property, code, events }) => `${events} ${code} ${property}`);
  };
  assert.deepEqual(await counts(), []);
  await refused([call('1', 'many'), call('2', 1), call('3', 'few')]);
  await refused([call('1', undefined, { properties: {} })]);
  await refused([call('1', 'many')]);
  // Nobody's fault of the meter's.
  await refused([call('1', 1, { customer: 'nobody' })]);
  assert.deepEqual(await counts(), ['3 not_a_decimal n', '1 missing_value n']);
  assert.deepEqual(await counted(sql, tenant), { count: '0', sum: '0' });

  // This process remembers the meter as it was.
  await inTenant(
    sql,
    tenant,
    (tx) => tx`update meters set value_property = 'm', revision = revision + 1 where tenant_id = ${tenant}`,
  );
  await setting.count([call('4', 'many', { properties: { m: 5 } })]);
  assert.deepEqual(await counted(sql, tenant), { count: '1', sum: '5' });
  assert.deepEqual(await counts(), ['3 not_a_decimal n', '1 missing_value n']);
  assert.deepEqual(await refused([call('5', 1)]), ['/events/0/properties/m missing_value']);
});
