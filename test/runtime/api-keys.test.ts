// Tenants and the keys that speak for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { type ApiKeys, createApiKeys } from '#runtime/api-keys.ts';
import { createIds } from '#runtime/ids.ts';
import { systemRandom } from '#runtime/random.ts';
import { createTenants, type Tenants } from '#runtime/tenants.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';

const clock = manualClock('2025-01-01T00:00:00Z');
const random = systemRandom();
const ids = createIds({ clock, random });
const defaults = { currency: 'EUR', invoiceDueDays: 14, numberPrefix: 'INV-' };

let database: TestDatabase;
let apiKeys: ApiKeys;
let tenants: Tenants;

before(async () => {
  database = await testDatabase();
  apiKeys = createApiKeys({ sql: database.sql, clock, ids, random });
  tenants = createTenants({ sql: database.sql, clock, ids, apiKeys, defaults });
});

after(() => database.close());

async function create(request: Parameters<Tenants['create']>[0]) {
  const created = await tenants.create(request);
  assert.ok(created.ok, JSON.stringify(created));
  return created.data;
}

const forget = () => clock.advance(60_000);

test('a tenant starts with its settings, who issues for it, and one key', async () => {
  const tenant = await create({ name: 'Acme', sandbox: true, zone: 'Europe/Berlin', dunningDays: [1, 2] });
  assert.match(tenant.apiKey.key, /^acc_test_[0-9a-z]{16}_[0-9a-z]{16}_[0-9a-f]{64}$/);
  assert.equal(tenant.currency, 'EUR');
  assert.deepEqual(tenant.dunningDays, [1, 2]);
  const rows = await inTenant(
    database.sql,
    tenant.id,
    (tx) => tx`select t.invoice_due_days, t.dunning_days, e.name, e.zone, e.number_prefix, e.is_default
      from tenants t join legal_entities e on e.tenant_id = t.id`,
  );
  assert.deepEqual(
    [...rows],
    [
      {
        invoice_due_days: 14,
        dunning_days: [1, 2],
        name: 'Acme',
        zone: 'Europe/Berlin',
        number_prefix: 'INV-',
        is_default: true,
      },
    ],
  );
});

test('what cannot be is refused, and nothing is written', async () => {
  const codes = async (request: Parameters<Tenants['create']>[0]) => {
    const created = await tenants.create(request);
    return created.ok ? 'ok' : [created.code, created.pointer];
  };
  assert.deepEqual(await codes({ name: 'A', currency: 'XYZ' }), ['unknown_currency', '/currency']);
  assert.deepEqual(await codes({ name: 'A', zone: 'Mars' }), ['unknown_zone', '/zone']);
  assert.deepEqual(await codes({ name: 'A', legalEntity: { zone: 'Mars' } }), [
    'unknown_zone',
    '/legalEntity/zone',
  ]);
  assert.deepEqual(await codes({ name: 'A', dunningDays: [3, 3] }), [
    'dunning_days_not_ascending',
    '/dunningDays/1',
  ]);
});

test('a key finds its tenant; the database holds its hash only', async () => {
  const tenant = await create({ name: 'Acme' });
  const { key, id } = tenant.apiKey;
  assert.match(key, /^acc_live_/);
  assert.deepEqual(await apiKeys.authenticate(key), { tenantId: tenant.id, keyId: id, role: 'admin' });
  const rows = await inTenant(
    database.sql,
    tenant.id,
    (tx) => tx`select api_keys::text as row from api_keys`,
  );
  assert.ok(!String(rows[0]?.['row']).includes(key.slice(-64)));
});

test('any other text is nobody', async () => {
  const a = (await create({ name: 'A' })).apiKey.key;
  const b = (await create({ name: 'B' })).apiKey.key;
  const flipped = `${a.slice(0, -1)}${a.endsWith('0') ? '1' : '0'}`;
  const crossed = b.slice(0, 25) + a.slice(25);
  const others = [
    '',
    'acc_live_',
    flipped,
    crossed,
    a.replace('live', 'test'),
    `${a}0`,
    ` ${a}`,
    a.toUpperCase(),
  ];
  for (const text of others) assert.equal(await apiKeys.authenticate(text), undefined, text);
});

test('a revoked key stops within a minute, an expired one at its instant', async () => {
  const tenant = await create({ name: 'Acme' });
  const { key } = tenant.apiKey;
  assert.ok(await apiKeys.authenticate(key));
  const change = (column: string, value: string | null) =>
    inTenant(database.sql, tenant.id, (tx) => tx`update api_keys set ${tx({ [column]: value })}`);

  await change('revoked_at', clock.wall().toString());
  await forget();
  assert.equal(await apiKeys.authenticate(key), undefined);

  await change('revoked_at', null);
  await change('expires_at', clock.wall().add({ seconds: 10 }).toString());
  assert.ok(await apiKeys.authenticate(key));
  await clock.advance(10_000);
  assert.equal(await apiKeys.authenticate(key), undefined);
});

test('a found key is not looked up again for a while', async () => {
  let lookups = 0;
  const counting = new Proxy(database.sql, {
    get: (target, name) => {
      if (name === 'begin') lookups += 1;
      return Reflect.get(target, name);
    },
  });
  const cached = createApiKeys({ sql: counting, clock, ids, random });
  const { key } = (await create({ name: 'Acme' })).apiKey;
  await cached.authenticate(key);
  await cached.authenticate(key);
  assert.equal(lookups, 1);
  await forget();
  await cached.authenticate(key);
  assert.equal(lookups, 2);
});
