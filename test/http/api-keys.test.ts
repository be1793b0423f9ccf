// A tenant's keys over HTTP: made with a role, shown once, listed without their texts, revoked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
});
after(() => world.close());

const ask = (method: string, path: string, body?: unknown, key = seller.key) =>
  world.call(method, path, { key, body, headers: { prefer: 'wait=25' } });

test('a new key may what its role may, and is shown only to who made it', async () => {
  const made = await ask('POST', '/api-keys', { name: 'dashboard', role: 'reader' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const key = made.text('/key');
  assert.equal((await ask('GET', '/tenant', undefined, key)).at('/id'), seller.id);
  assert.equal((await ask('POST', '/customers', { externalId: 'x', name: 'X' }, key)).status, 403);
  assert.equal((await ask('GET', '/api-keys', undefined, key)).status, 403);

  const list = await ask('GET', '/api-keys');
  assert.deepEqual([list.at('/data/0/id'), list.at('/data/0/role')], [made.at('/id'), 'reader']);
  const secret = key.slice(key.lastIndexOf('_') + 1);
  assert.ok(!JSON.stringify(list.body).includes(secret));
  const [stored] = await world.database.sql`
    select count(*)::integer as found from commands where position(${secret} in result::text) > 0`;
  assert.equal(stored?.['found'], 0);
  assert.ok(!world.lines.join('').includes(secret));
});

test('a role that there is not is refused', async () => {
  const refused = await ask('POST', '/api-keys', { name: 'root', role: 'root' });
  assert.deepEqual([refused.status, refused.at('/errors/0/pointer')], [400, '/role']);
});

test('a revoked key is none; revoking it again changes nothing', async () => {
  const made = await ask('POST', '/api-keys', { name: 'leaked', role: 'service' });
  const path = `/api-keys/${made.text('/id')}`;
  assert.equal((await ask('DELETE', path)).status, 204);
  // It was never used, so no process remembers it.
  assert.equal((await ask('GET', '/tenant', undefined, made.text('/key'))).status, 401);
  const revokedAt = (await ask('GET', '/api-keys')).at('/data/0/revokedAt');
  assert.equal(typeof revokedAt, 'string');
  assert.equal((await ask('DELETE', path)).status, 204);
  assert.equal((await ask('GET', '/api-keys')).at('/data/0/revokedAt'), revokedAt);
});

test('the last admin key stays, even when two are revoked at once', async () => {
  const tenant = await world.tenant('Two admins');
  const keys = await ask('GET', '/api-keys', undefined, tenant.key);
  const admins = keys.list('/data').filter((key) => lookUp(key, '/role') === 'admin');
  assert.equal(admins.length, 2);
  const answers = await Promise.all(
    admins.map((key) => ask('DELETE', `/api-keys/${String(lookUp(key, '/id'))}`, undefined, tenant.key)),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204, 409]));
  const refused = answers.find(({ status }) => status === 409);
  assert.equal(refused?.at('/code'), 'last_admin_key');
});
