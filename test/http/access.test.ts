// Who may do what: every operation asked with every kind of key, through the whole stack.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCESS, allows, type OperationId, ROLES } from '#http/access.ts';
import type { Operation } from '#http/operation.ts';
import { operations } from '#test/support/documented-answers.ts';
import {
  type Answered,
  type HttpTenant,
  type HttpWorld,
  httpWorld,
  OPERATOR_KEY,
} from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
});
after(() => world.close());

/** Asks for something that does not exist, with a body that cannot be right. */
function ask({ method, path }: Operation, key: string | undefined): Promise<Answered> {
  const body = method === 'get' || method === 'delete' ? undefined : '[]';
  return world.call(method.toUpperCase(), path.replace('{id}', 'nothing'), { key, body });
}

describe('the table', () => {
  test('names every operation once, and no other', () => {
    const mounted = operations.map(({ id }) => id).sort();
    assert.deepEqual(mounted, (Object.keys(ACCESS) as OperationId[]).sort());
    assert.equal(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size, operations.length);
  });

  test('a reader changes nothing and sees no outcome of a command', () => {
    const allowed = operations.filter(({ id, reads }) => allows(id, 'reader') && reads !== true);
    assert.deepEqual([...new Set(allowed.map(({ method }) => method))], ['get']);
    assert.ok(!allows('getCommand', 'reader'));
  });

  test('only an admin sets prices, receivers, keys and time', () => {
    const onlyAdmin = operations.filter(({ id }) =>
      ROLES.every((role) => allows(id, role) === (role === 'admin')),
    );
    assert.deepEqual(onlyAdmin.map(({ id }) => id).sort(), [
      'advanceTestClock',
      'createApiKey',
      'createMeter',
      'createPlan',
      'createPriceUnit',
      'createTestClock',
      'createWebhookEndpoint',
      'deleteWebhookEndpoint',
      'listApiKeys',
      'publishPlanVersion',
      'revokeApiKey',
      'rotateWebhookSecret',
      'setPriceUnitRate',
      'updateMeter',
      'updateWebhookEndpoint',
    ]);
  });
});

describe('the matrix', () => {
  for (const operation of operations) {
    const { id, method, path } = operation;
    test(`${id}: ${method} ${path}`, async () => {
      for (const role of ROLES) {
        const { status, body } = await ask(operation, seller.keys[role]);
        if (allows(id, role)) assert.ok(![401, 403].includes(status), `${role}: ${JSON.stringify(body)}`);
        else assert.equal(status, 403, role);
      }
      const operator = await ask(operation, OPERATOR_KEY);
      if (ACCESS[id] === 'operator_key') assert.equal(operator.status, 400);
      else assert.equal(operator.status, 403);
    });
  }
});

describe('keys that are none', () => {
  const flip = (key: string): string => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
  const wrong: readonly (readonly [name: string, header: () => string | undefined])[] = [
    ['no header', () => undefined],
    ['another scheme', () => `Basic ${seller.key}`],
    ['no key', () => 'Bearer '],
    ['a made-up key', () => 'Bearer acc_test_x'],
    ['a key with its last character changed', () => `Bearer ${flip(seller.key)}`],
    ['a key without its last character', () => `Bearer ${seller.key.slice(0, -1)}`],
    ['a live key made of a test one', () => `Bearer ${seller.key.replace('acc_test', 'acc_live')}`],
    ['a key of 10,000 characters', () => `Bearer ${'a'.repeat(10_000)}`],
    ['the operator key and more', () => `Bearer ${OPERATOR_KEY}x`],
  ];
  for (const [name, header] of wrong) {
    test(`${name} is 401 everywhere`, async () => {
      const given = header();
      for (const { method, path } of operations) {
        const asked = given === undefined ? {} : { headers: { authorization: given } };
        const answer = await world.call(method.toUpperCase(), path.replace('{id}', 'x'), asked);
        assert.deepEqual([answer.status, answer.at('/code')], [401, 'unauthenticated'], `${method} ${path}`);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      }
    });
  }

  test('a revoked and an expired key end', async () => {
    const { sql } = world.database;
    const { id, keys } = await world.tenant('Ended');
    await sql.begin(async (tx) => {
      await tx`select set_config('app.tenant', ${id}, true)`;
      await tx`update api_keys set revoked_at = created_at where role = 'reader'`;
      await tx`update api_keys set expires_at = created_at where role = 'service'`;
    });
    const status = async (key: string): Promise<number> =>
      (await world.call('GET', '/tenant', { key })).status;
    assert.equal(await status(keys.reader), 401);
    assert.equal(await status(keys.service), 401);
    assert.equal(await status(keys.admin), 200);
  });
});
