// The fan-out of the outbox: once each, whatever dies or runs twice, and within the tenant's walls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inSystem, inTenant } from '#db/scope.ts';
import { deleteWebhookEndpoint } from '#db/webhook-endpoints.ts';
import { hears } from '#notifications/envelope.ts';
import { createRelay } from '#notifications/relay.ts';
import { untilWaiting } from '../support/named-stops.ts';
import {
  MAIL_FROM,
  type NotificationWorld,
  notificationWorld,
  TENANT,
} from '../support/notification-world.ts';
import { seedTenant } from '../support/seeds.ts';

let world: NotificationWorld;
const never = new AbortController().signal;

before(async () => {
  world = await notificationWorld();
});
after(() => world.close());

const outboxSize = async (): Promise<number> => {
  const rows = await inSystem(world.sql, (tx) => tx`select 1 from outbox`);
  return rows.length;
};

test('a relay that dies before its commit leaves all as it was, and the next one hands everything on once', async () => {
  const endpoint = await world.endpoint('http://127.0.0.1:1/', { eventTypes: ['billing.crash.created'] });
  const ids = await world.events({ type: 'billing.crash.created' }, { type: 'billing.crash.created' });
  const dying = createRelay({
    ...world,
    mailFrom: MAIL_FROM,
    ids: (prefix) => {
      if (prefix === 'whd') throw new Error('killed');
      return world.ids(prefix);
    },
  });
  await assert.rejects(dying.run(never), /killed/);
  assert.equal(await outboxSize(), 2);
  assert.equal((await world.deliveries(endpoint.id)).length, 0);

  await world.fanOut();
  assert.equal(await outboxSize(), 0);
  assert.deepEqual((await world.deliveries(endpoint.id)).map((one) => one.messageId).sort(), [...ids].sort());
});

test('many relays at once hand each event on once', async () => {
  const endpoint = await world.endpoint('http://127.0.0.1:1/', { eventTypes: ['billing.many.created'] });
  const ids = await world.events(...Array.from({ length: 450 }, () => ({ type: 'billing.many.created' })));
  await Promise.all(Array.from({ length: 4 }, () => world.fanOut()));
  const made = (await world.deliveries(endpoint.id)).map((one) => one.messageId);
  assert.deepEqual(made.sort(), [...ids].sort());
  assert.equal(await outboxSize(), 0);
});

test('an event put back into the outbox is not delivered twice', async () => {
  const endpoint = await world.endpoint('http://127.0.0.1:1/', { eventTypes: ['billing.twice.created'] });
  const [id] = await world.events({ type: 'billing.twice.created' });
  await world.fanOut();
  await inTenant(
    world.sql,
    TENANT,
    (tx) => tx`
    insert into outbox (event_id, tenant_id, created_at) values (${id ?? ''}, ${TENANT}, ${String(world.clock.wall())})`,
  );
  await world.fanOut();
  assert.equal((await world.deliveries(endpoint.id)).length, 1);
});

test('an endpoint hears only of its own tenant', async () => {
  await seedTenant(world.sql, 'ten_other');
  const stranger = await world.endpoint('http://127.0.0.1:1/', { tenantId: 'ten_other' });
  await world.events({ type: 'billing.private.created' });
  await world.fanOut();
  const rows = await inSystem(
    world.sql,
    (tx) => tx`select 1 from webhook_deliveries where endpoint_id = ${stranger.id}`,
  );
  assert.equal(rows.length, 0);
});

test('a filter is empty, a star, a noun or an exact type', () => {
  const type = 'billing.invoice.paid';
  for (const wanted of [[], ['*'], ['billing.invoice.*'], [type], ['billing.x.y', type]])
    assert.ok(hears(wanted, type));
  for (const wanted of [['billing.invoice'], ['billing.inv*'], ['billing.payment.*'], ['']])
    assert.ok(!hears(wanted, type));
});

test('an endpoint that is deleted while events are handed on keeps no delivery that waits', async () => {
  const type = 'billing.deleted.created';
  const at = String(world.clock.wall());
  const [before, during] = [
    await world.endpoint('http://127.0.0.1:1/', { eventTypes: [type] }),
    await world.endpoint('http://127.0.0.1:1/', { eventTypes: [type] }),
  ];
  await world.events({ type });
  const end = (id: string) => inTenant(world.sql, TENANT, (tx) => deleteWebhookEndpoint(tx, id, at));
  let ended: Promise<unknown> | undefined;
  const relay = createRelay({
    ...world,
    mailFrom: MAIL_FROM,
    cross: async (point, step) => {
      if (point === 'relay.deliveries') await end(before.id);
      if (point === 'relay.mails') {
        ended = end(during.id);
        await Promise.race([ended, untilWaiting(world.sql, 1)]);
      }
      return step();
    },
  });
  await relay.run(never);
  await ended;
  assert.equal((await world.deliveries(before.id)).length, 0);
  assert.deepEqual(
    (await world.deliveries(during.id)).map(({ status }) => status),
    ['exhausted'],
  );
});
