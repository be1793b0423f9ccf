// The package as a program sees it: roles, refusals, pages, and a start that fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { type Billing, createBilling } from '../index.ts';

const OPERATOR_KEY = 'operator-key-of-the-tests-0123456789';
const METER = { key: 'calls', name: 'Calls', eventType: 'call', aggregation: 'count' } as const;
const folder = scratchFolder();
const lines: string[] = [];
const log = createLog({ level: 'warn', clock: systemClock(), write: (line) => void lines.push(line) });

let database: TestDatabase;
let settings: Record<string, string>;
let billing: Billing;

before(async () => {
  database = await testDatabase();
  settings = { DATABASE_URL: database.url, ACCRUE_DATA_DIR: folder.path, ACCRUE_OPERATOR_KEY: OPERATOR_KEY };
  billing = await createBilling({ settings, log });
});

after(async () => {
  await billing.close();
  await database.close();
  folder.remove();
});

async function newTenant(of = billing): Promise<string> {
  const created = await of.tenants.create({ name: 'T', sandbox: true });
  assert.ok(created.ok);
  return created.data.id;
}

test('code and HTTP send the same commands and read the same things', async () => {
  const created = await billing.app.request('/api/v1/billing/tenants', {
    method: 'POST',
    headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Over HTTP', sandbox: true }),
  });
  assert.equal(created.status, 201);
  const tenant = (await created.json()) as { id: string; apiKey: { key: string } };

  const send = (body: object) =>
    billing.app.request('/api/v1/billing/meters', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.apiKey.key}`,
        'content-type': 'application/json',
        'idempotency-key': 'one',
      },
      body: JSON.stringify(body),
    });
  const inProcess = await billing.meters.create(tenant.id, METER, { idempotencyKey: 'one' });
  assert.ok(inProcess.ok, JSON.stringify(inProcess));
  const overHttp = await send(METER);
  assert.equal(overHttp.status, 201);
  assert.deepEqual(await overHttp.json(), inProcess.data);
  assert.equal((await send({ ...METER, name: 'Other' })).status, 422);
  const read = await billing.reads.meters.find(tenant.id, 'calls');
  assert.equal(read?.id, (inProcess.data as { id: string }).id);
});

test('what a caller gets wrong is a value with a code', async () => {
  const tenant = await newTenant();
  const code = async (answer: Promise<{ ok: true } | { ok: false; code: string; pointer?: string }>) => {
    const settled = await answer;
    return settled.ok ? 'ok' : [settled.code, settled.pointer];
  };
  const broken = { ...METER, aggregation: 'median', 'a/b~': 1 } as unknown as typeof METER;
  assert.deepEqual(await code(billing.meters.create(tenant, broken)), ['invalid_payload', '/aggregation']);
  assert.deepEqual(await code(billing.tenants.create({ name: '' })), ['invalid_payload', '/name']);
  assert.deepEqual(await code(billing.meters.create('ten_nobody', METER)), ['not_found', undefined]);
  const nobody = { customerId: 'cus_nobody' };
  assert.deepEqual(await code(billing.customers.release(tenant, nobody)), ['not_found', undefined]);
  const sent = { idempotencyKey: 'k' };
  assert.equal(await code(billing.meters.create(tenant, METER, sent)), 'ok');
  assert.deepEqual(await code(billing.meters.create(tenant, { ...METER, name: 'X' }, sent)), [
    'idempotency_mismatch',
    undefined,
  ]);
  const usage = await billing.usage.ingest(tenant, [{ id: 'e', type: 'call', customer: 'nobody' }]);
  assert.equal(usage.ok === false && usage.code, 'events_refused');
});

test('lists come in pages', async () => {
  const tenant = await newTenant();
  for (const key of ['a', 'b', 'c']) await billing.meters.create(tenant, { ...METER, key });
  const first = await billing.reads.meters.list(tenant, { limit: 2 });
  assert.deepEqual(
    first.items.map(({ key }) => key),
    ['c', 'b'],
  );
  assert.ok(first.next !== undefined);
  const second = await billing.reads.meters.list(tenant, { limit: 2, after: first.next });
  assert.deepEqual([second.items.map(({ key }) => key), second.next], [['a'], undefined]);
});

test('a web alone keeps commands until a worker comes', async () => {
  const quiet = await testDatabase();
  const place = { ...settings, DATABASE_URL: quiet.url };
  const web = await createBilling({ settings: place, role: 'web', log });
  try {
    const tenant = await newTenant(web);
    const sent = { idempotencyKey: 'k', waitMs: 50 };
    const waiting = await web.meters.create(tenant, METER, sent);
    assert.equal(waiting.ok === false && waiting.code, 'still_queued');
    const worker = await createBilling({ settings: place, role: 'worker', log });
    const answered = await web.meters.create(tenant, METER, { ...sent, waitMs: 20_000 });
    assert.ok(answered.ok, JSON.stringify(answered));
    assert.equal(answered.commandId, waiting.commandId);
    assert.equal(await worker.close(), true);
  } finally {
    assert.equal(await web.close(), true);
    await quiet.close();
  }
});

test('a start that is refused leaves nothing open', async () => {
  const empty = await testDatabase({ empty: true });
  await assert.rejects(
    createBilling({ settings: { ...settings, DATABASE_URL: empty.url }, log }),
    /migrations/,
  );
  await assert.rejects(createBilling({ settings: { ...settings, PORT: 'many' }, log }), /PORT/);
  const connections = await empty.sql`select count(*)::int as open from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  assert.equal(connections[0]?.['open'], 0);
  await empty.close();
});
