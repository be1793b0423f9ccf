// The tenant's own actor: what its commands create, refuse, and survive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Outcome } from '#actors/rejection.ts';
import { inTenant } from '#db/scope.ts';
import { systemClock } from '#runtime/clock.ts';
import { type CommandBus, createCommandBus } from '#runtime/command-bus.ts';
import type { CommandInput, CommandType } from '#runtime/commands/registry.ts';
import { createIds } from '#runtime/ids.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { systemRandom } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { createTenantTurns, type TenantTurnDeps, type TenantTurns } from '#runtime/tenant-turn.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, seedTenant } from '#test/support/seeds.ts';

const clock = systemClock();
const random = systemRandom();
const ids = createIds({ clock, random });
const secretBox = createSecretBox({ key: random.bytes(32), random });
const rings: Ring[] = [];
const logged: string[] = [];
const TENANT = 'ten_a';

let database: TestDatabase;
let deps: TenantTurnDeps;
let bus: CommandBus;
let turns: TenantTurns;

before(async () => {
  database = await testDatabase({ max: 10 });
  deps = {
    sql: database.sql,
    clock,
    ids,
    random,
    secretBox,
    bell: { ring: async (more) => void rings.push(...more) },
    log: createLog({ level: 'error', clock, write: (line) => void logged.push(line) }),
    checkDestination: (url) =>
      url.startsWith('https://')
        ? { ok: true }
        : { ok: false, code: 'destination_refused', message: 'no https' },
    gateways: ['fake', 'other'],
    metrics: createMetrics(),
  };
  bus = createCommandBus(deps);
  turns = createTenantTurns(deps);
  await seedTenant(database.sql, TENANT);
  await seedTenant(database.sql, 'ten_live', { sandbox: false });
});

after(async () => {
  bus.close();
  await database.close();
});

async function submit<T extends CommandType>(
  type: T,
  payload: CommandInput<T>,
  tenant = TENANT,
): Promise<string> {
  const submission = await bus.submit({ tenant, type, payload });
  assert.ok('commandId' in submission, JSON.stringify(submission));
  return submission.commandId;
}

async function answerOf(id: string, tenant = TENANT): Promise<Outcome> {
  const view = await bus.outcome(tenant, id);
  assert.ok(view?.outcome !== undefined, `${id} has no answer`);
  return view.outcome;
}

async function decide<T extends CommandType>(
  type: T,
  payload: CommandInput<T>,
  tenant = TENANT,
): Promise<Outcome> {
  const id = await submit(type, payload, tenant);
  await turns.run(tenant);
  return answerOf(id, tenant);
}

function dataOf(outcome: Outcome): Record<string, unknown> {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.data as Record<string, unknown>;
}

const codeOf = (outcome: Outcome) => (outcome.ok ? 'ok' : [outcome.code, outcome.pointer]);
const scoped = <T>(work: Parameters<typeof inTenant<T>>[2]) => inTenant(database.sql, TENANT, work);

const METER = { key: 'requests', name: 'Requests', eventType: 'request', aggregation: 'count' } as const;
const flat = {
  key: 'fee',
  name: 'Fee',
  cadence: 'in_advance',
  model: { type: 'flat', amount: '20' },
} as const;
const plan = (key: string, prices: CommandInput<'plan.create'>['prices'] = [flat]) =>
  ({ key, name: key, currency: 'USD', interval: 'month', prices }) as const;

test('commands are decided in order, so that a plan finds the meter queued before it', async () => {
  rings.length = 0;
  const meter = await submit('meter.create', METER);
  const again = await submit('meter.create', METER);
  const usage = {
    key: 'calls',
    name: 'Calls',
    cadence: 'in_arrears',
    meter: 'requests',
    model: { type: 'per_unit', unitAmount: '0.000150' },
  } as const;
  const created = await submit('plan.create', plan('pro', [flat, usage]));
  await turns.run(TENANT);

  const meterId = dataOf(await answerOf(meter))['id'];
  assert.deepEqual(codeOf(await answerOf(again)), ['key_taken', '/key']);
  const data = dataOf(await answerOf(created));
  const prices = data['prices'] as Record<string, unknown>[];
  assert.deepEqual(
    prices.map((price) => [price['key'], price['meterId']]),
    [
      ['fee', null],
      ['calls', meterId],
    ],
  );
  const rows = await scoped(
    (tx) => tx`select p.position, p.model, v.version from prices p
    join plan_versions v on v.id = p.plan_version_id where v.plan_id = ${String(data['id'])} order by p.position`,
  );
  assert.deepEqual(rows[1]?.['model'], { type: 'per_unit', unitAmount: '0.00015' });
  const events = await scoped(
    (tx) => tx`select e.type, e.customer_id, e.sequence, e.data from billing_events e
    join outbox o on o.event_id = e.id where e.object_id in (${String(meterId)}, ${String(data['id'])}) order by e.id`,
  );
  assert.deepEqual(
    events.map((event) => [event['type'], event['customer_id'], event['sequence']]),
    [
      ['billing.meter.created', null, null],
      ['billing.plan.created', null, null],
    ],
  );
  assert.deepEqual(events[1]?.['data'], data);
  assert.deepEqual(rings.at(-1), { queue: 'notify', tenant: '*', key: 'outbox' });
});

test('a plan that is not sound is refused, and the pointer names the field', async () => {
  const usage = {
    key: 'u',
    name: 'U',
    cadence: 'in_arrears',
    model: { type: 'per_unit', unitAmount: '1' },
  } as const;
  const refusals: [CommandInput<'plan.create'>, string, string][] = [
    [{ ...plan('p1'), currency: 'XYZ' }, 'unknown_currency', '/currency'],
    [plan('p2', [flat, flat]), 'key_taken', '/prices/1/key'],
    [plan('p3', [{ ...usage, meter: 'nothing' }]), 'meter_not_found', '/prices/0/meter'],
    [plan('p4', [usage]), 'invalid_price', '/prices/0/meter'],
    [
      plan('p5', [{ ...usage, meter: 'requests', cadence: 'in_advance' }]),
      'invalid_price',
      '/prices/0/cadence',
    ],
    [plan('p6', [{ ...flat, meter: 'requests' }]), 'invalid_price', '/prices/0/meter'],
    [
      plan('p7', [{ ...flat, model: { type: 'flat', amount: '-1' } }]),
      'invalid_price',
      '/prices/0/model/amount',
    ],
    [
      plan('p8', [flat, { ...flat, key: 'x', model: { type: 'dice' } }]),
      'invalid_price',
      '/prices/1/model/type',
    ],
  ];
  for (const [payload, code, pointer] of refusals) {
    assert.deepEqual(codeOf(await decide('plan.create', payload)), [code, pointer]);
  }
  const rows = await scoped((tx) => tx`select key from plans where key like 'p_'`);
  assert.equal(rows.length, 0);
});

test('a meter reads a value unless it counts', async () => {
  const sum = { ...METER, key: 'sum', aggregation: 'sum' } as const;
  assert.deepEqual(codeOf(await decide('meter.create', sum)), ['value_property_missing', '/valueProperty']);
  const counts = { ...METER, key: 'counts', valueProperty: 'n' };
  assert.deepEqual(codeOf(await decide('meter.create', counts)), ['value_property_unused', '/valueProperty']);
  const repeated = { ...METER, key: 'dims', dimensions: ['a', 'b', 'a'] };
  assert.deepEqual(codeOf(await decide('meter.create', repeated)), ['dimension_repeated', '/dimensions/2']);
  assert.equal(codeOf(await decide('meter.create', { ...sum, valueProperty: 'tokens' })), 'ok');
});

test('a customer starts on its clock, with a method, and its first event has sequence 1', async () => {
  const clockId = String(dataOf(await decide('test_clock.create', { name: 'c', now: SEEDED_AT }))['id']);
  const data = dataOf(
    await decide('customer.create', {
      externalId: 'acme',
      name: 'Acme',
      email: 'pay@acme.test',
      testClock: clockId,
      paymentMethod: { gateway: 'fake', token: 'tok_ok', brand: 'visa', last4: '4242' },
    }),
  );
  assert.equal(data['createdAt'], SEEDED_AT);
  assert.equal(data['currency'], 'USD');
  assert.ok(!JSON.stringify(data).includes('tok_ok'));
  const events = await scoped(
    (tx) => tx`select type, sequence, occurred_at, created_at > ${SEEDED_AT} as "laterStored"
    from billing_events where customer_id = ${String(data['id'])}`,
  );
  assert.deepEqual(
    [...events],
    [{ type: 'billing.customer.created', sequence: '1', occurred_at: SEEDED_AT, laterStored: true }],
  );
  const rows = await scoped(
    (tx) => tx`select c.sequence, m.token, m.is_default from customers c
    join payment_methods m on m.customer_id = c.id where c.id = ${String(data['id'])}`,
  );
  assert.deepEqual([...rows], [{ sequence: '1', token: 'tok_ok', is_default: true }]);
});

test('a customer that cannot be is refused', async () => {
  const clockId = String(dataOf(await decide('test_clock.create', { name: 'c2', now: SEEDED_AT }))['id']);
  await decide('customer.create', {
    externalId: 'taken',
    name: 'T',
    paymentMethod: { gateway: 'fake', token: 'tok_taken' },
  });
  const customer = { externalId: 'new', name: 'N' };
  const method = (gateway: string, token = 'tok_1') => ({ ...customer, paymentMethod: { gateway, token } });
  const refusals: [CommandInput<'customer.create'>, string, string][] = [
    [{ ...customer, externalId: 'taken' }, 'external_id_taken', '/externalId'],
    [{ ...customer, currency: 'XYZ' }, 'unknown_currency', '/currency'],
    [{ ...customer, zone: 'Mars/Phobos' }, 'unknown_zone', '/zone'],
    [{ ...customer, testClock: 'clk_nothing' }, 'test_clock_not_found', '/testClock'],
    [method('bank'), 'unknown_gateway', '/paymentMethod/gateway'],
    [{ ...method('other'), testClock: clockId }, 'gateway_not_for_test_clock', '/paymentMethod/gateway'],
    [method('fake', 'tok_taken'), 'payment_method_taken', '/paymentMethod/token'],
  ];
  for (const [payload, code, pointer] of refusals) {
    assert.deepEqual(codeOf(await decide('customer.create', payload)), [code, pointer]);
  }
});

test('a live tenant has no customer who pays through the fake gateway', async () => {
  const customer = { externalId: 'live', name: 'Live' };
  const fake = { ...customer, paymentMethod: { gateway: 'fake', token: 'tok_live' } };
  assert.deepEqual(codeOf(await decide('customer.create', fake, 'ten_live')), [
    'gateway_only_in_sandbox',
    '/paymentMethod/gateway',
  ]);
  const real = { ...customer, paymentMethod: { gateway: 'other', token: 'tok_live' } };
  assert.equal(codeOf(await decide('customer.create', real, 'ten_live')), 'ok');
});

test("clocks are a sandbox's only, and another tenant's clock does not exist", async () => {
  const live = await decide('test_clock.create', { name: 'c', now: SEEDED_AT }, 'ten_live');
  assert.deepEqual(codeOf(live), ['clock_not_in_sandbox', undefined]);
  const clockId = String(dataOf(await decide('test_clock.create', { name: 'c3', now: SEEDED_AT }))['id']);
  await seedTenant(database.sql, 'ten_other');
  const foreign = { externalId: 'x', name: 'X', testClock: clockId };
  assert.deepEqual(codeOf(await decide('customer.create', foreign, 'ten_other')), [
    'test_clock_not_found',
    '/testClock',
  ]);
});

test('an advance goes forward only, one at a time, and its answer waits for the clock', async () => {
  const clockId = String(dataOf(await decide('test_clock.create', { name: 'c4', now: SEEDED_AT }))['id']);
  const back = await decide('test_clock.advance', { clockId, to: SEEDED_AT });
  assert.deepEqual(codeOf(back), ['clock_moves_forward_only', '/to']);
  const nothing = await decide('test_clock.advance', { clockId: 'clk_nothing', to: SEEDED_AT });
  assert.deepEqual(codeOf(nothing), ['test_clock_not_found', '/clockId']);

  rings.length = 0;
  const going = await submit('test_clock.advance', { clockId, to: '2023-12-01T01:00:00+01:00' });
  await turns.run(TENANT);
  await turns.run(TENANT);
  assert.equal((await bus.outcome(TENANT, going))?.status, 'queued');
  assert.ok(rings.some((ring) => ring.queue === 'advance' && ring.key === clockId));
  const busy = await decide('test_clock.advance', { clockId, to: '2024-01-01T00:00:00Z' });
  assert.deepEqual(codeOf(busy), ['clock_advancing', undefined]);
  const rows = await scoped(
    (tx) => tx`select status, target_at, command_id from test_clocks where id = ${clockId}`,
  );
  assert.deepEqual(
    [...rows],
    [{ status: 'advancing', target_at: '2023-12-01T00:00:00.000000Z', command_id: going }],
  );
});

test("an endpoint's secret is shown to its creator and nowhere readable in the database", async () => {
  const created = dataOf(await decide('webhook_endpoint.create', { url: 'https://example.com/hook' }));
  const secret = String(created['secret']);
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const endpointId = String(created['id']);
  const [row] = await scoped(
    (tx) => tx<{ secret: Buffer; results: string }[]>`select secret,
    (select string_agg(result::text || payload::text, ' ') from commands) as results from webhook_endpoints where id = ${endpointId}`,
  );
  assert.ok(row !== undefined && !row.results.includes(secret.slice(6)));
  assert.equal(secretBox.open(row.secret, endpointId), secret);

  const rotated = dataOf(await decide('webhook_endpoint.rotate_secret', { endpointId }));
  assert.notEqual(rotated['secret'], secret);
  const disabled = dataOf(await decide('webhook_endpoint.update', { endpointId, status: 'disabled' }));
  assert.deepEqual([disabled['status'], disabled['secret']], ['disabled', undefined]);
  assert.equal(codeOf(await decide('webhook_endpoint.delete', { endpointId })), 'ok');
  for (const type of [
    'webhook_endpoint.delete',
    'webhook_endpoint.rotate_secret',
    'webhook_endpoint.update',
  ] as const) {
    assert.deepEqual(codeOf(await decide(type, { endpointId })), [
      'webhook_endpoint_not_found',
      '/endpointId',
    ]);
  }
});

test('where webhooks must not go, and deliveries that do not exist, are refused', async () => {
  const plain = await decide('webhook_endpoint.create', { url: 'http://10.0.0.1/' });
  assert.deepEqual(codeOf(plain), ['destination_refused', '/url']);
  const replay = await decide('webhook_delivery.replay', { deliveryId: 'whd_nothing' });
  assert.deepEqual(codeOf(replay), ['webhook_delivery_not_found', '/deliveryId']);
});

test('a bug in one command is answered, undone and counted; the commands around it go on', async () => {
  const broken = createTenantTurns({
    ...deps,
    ids: (prefix) => (prefix === 'prc' ? '\0' : ids(prefix)),
  });
  const before = await submit('meter.create', { ...METER, key: 'before' });
  const bad = await submit('plan.create', plan('broken'));
  const later = await submit('meter.create', { ...METER, key: 'later' });
  await broken.run(TENANT);
  assert.deepEqual(codeOf(await answerOf(bad)), ['internal_error', undefined]);
  assert.deepEqual([codeOf(await answerOf(before)), codeOf(await answerOf(later))], ['ok', 'ok']);
  assert.match(logged.join(''), /a command hit a bug.*plan\.create/);
  const rows = await scoped((tx) => tx`select 1 from plans where key = 'broken'`);
  assert.equal(rows.length, 0);
});

test('a database that goes away in the middle leaves every command queued and nothing written', async () => {
  const first = await submit('meter.create', { ...METER, key: 'lost' });
  const second = await submit('meter.create', { ...METER, key: 'kill' });
  let made = 0;
  const dying = createTenantTurns({
    ...deps,
    ids: (prefix) => {
      if (prefix === 'mtr') made += 1;
      if (made === 2) throw Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
      return ids(prefix);
    },
  });
  await assert.rejects(dying.run(TENANT), /gone/);
  const rows = await scoped((tx) => tx`select 1 from meters where key = 'lost'`);
  assert.equal(rows.length, 0);
  await turns.run(TENANT);
  assert.deepEqual([codeOf(await answerOf(first)), codeOf(await answerOf(second))], ['ok', 'ok']);
});

test('turns of one tenant at once decide each command once', async () => {
  const submitted = await Promise.all(
    Array.from({ length: 60 }, (_, i) => submit('meter.create', { ...METER, key: `parallel-${i % 30}` })),
  );
  await Promise.all([turns.run(TENANT), turns.run(TENANT), turns.run(TENANT)]);
  const codes = await Promise.all(submitted.map(async (id) => codeOf(await answerOf(id))));
  assert.equal(codes.filter((code) => code === 'ok').length, 30);
});

test("inserting a customer's rows does not wait for the tenant's actor", async () => {
  await scoped(async (tx) => {
    await tx`select 1 from tenants where id = ${TENANT} for no key update`;
    await inTenant(database.sql, TENANT, async (other) => {
      await other`set local lock_timeout = '2s'`;
      await other`insert into meters (id, tenant_id, key, name, event_type, aggregation, created_at)
        values ('mtr_beside', ${TENANT}, 'beside', 'x', 'x', 'count', ${SEEDED_AT})`;
    });
  });
});

test('a stored payload that the schema refuses now is answered, not thrown', async () => {
  const id = await submit('meter.create', { ...METER, key: 'old' });
  await scoped((tx) => tx`update commands set payload = payload - 'eventType' where id = ${id}`);
  await turns.run(TENANT);
  assert.deepEqual(codeOf(await answerOf(id)), ['invalid_payload', '/eventType']);
});
