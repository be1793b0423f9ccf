// What answers do to an endpoint: disabled, resting, failing, back again, and that nothing queued for it is lost (F17).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { deleteWebhookEndpoint, updateWebhookEndpoint } from '#db/webhook-endpoints.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  type NotificationWorld,
  notificationWorld,
  passTime,
  TENANT,
} from '../../support/notification-world.ts';
import { startZoo, type Zoo } from '../../support/receiver-zoo.ts';

const HOUR = 3_600_000;
const TYPE = ['billing.invoice.paid'];
const clock = manualClock(new Date().toISOString());
let world: NotificationWorld;
let zoo: Zoo;

before(async () => {
  world = await notificationWorld({ clock });
  zoo = await startZoo();
});
after(async () => {
  await zoo.close();
  await world.close();
});

const enable = (id: string) =>
  inTenant(world.sql, TENANT, (tx) => updateWebhookEndpoint(tx, id, { status: 'enabled' }));
const disabledEvents = () =>
  inTenant(
    world.sql,
    TENANT,
    (tx) =>
      tx`select object_id, data from billing_events where type = 'billing.webhook_endpoint.disabled' order by id`,
  );

test('410 disables the endpoint and says so; what comes meanwhile is queued; enabling it loses nothing', async () => {
  const endpoint = await world.endpoint(zoo.url('410'), { eventTypes: TYPE });
  const first = await world.events({});
  await world.fanOut();
  await world.dispatch(endpoint.id);
  assert.deepEqual(
    { ...(await world.endpointRow(endpoint.id)), failingSince: null },
    {
      status: 'disabled',
      reason: 'gone',
      failingSince: null,
      resumeAt: null,
    },
  );
  const [event] = await disabledEvents();
  assert.equal(event?.['object_id'], endpoint.id);
  assert.equal(event?.['data'].disabledReason, 'gone');
  assert.equal(JSON.stringify(event).includes('whsec_'), false);
  assert.ok(world.rings.some((ring) => ring.queue === 'notify' && ring.key === 'outbox'));

  const later = await world.events({}, {});
  await world.fanOut();
  await clock.advance(HOUR);
  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('410').length, 1, 'a disabled endpoint is not called');

  await inTenant(world.sql, TENANT, (tx) => updateWebhookEndpoint(tx, endpoint.id, { url: zoo.url('back') }));
  await enable(endpoint.id);
  await world.dispatch(endpoint.id);
  const arrived = zoo.requests('back').map((request) => String(request.headers['webhook-id']));
  assert.deepEqual(arrived.sort(), [...first, ...later].sort());
});

test('five days of only failures disable; one success in between starts the count anew', async () => {
  const endpoint = await world.endpoint(zoo.url('500'), { eventTypes: TYPE });
  const failFor = async (hours: number): Promise<void> => {
    for (let passed = 0; passed < hours; passed += 12) {
      await world.events({});
      await world.fanOut();
      await world.dispatch(endpoint.id);
      await clock.advance(12 * HOUR);
    }
  };
  const url = (to: string) =>
    inTenant(world.sql, TENANT, (tx) => updateWebhookEndpoint(tx, endpoint.id, { url: to }));
  await failFor(108);
  assert.notEqual((await world.endpointRow(endpoint.id)).failingSince, null);
  await url(zoo.url('ok'));
  await failFor(12);
  assert.equal((await world.endpointRow(endpoint.id)).failingSince, null);
  await url(zoo.url('500'));
  await failFor(120);
  assert.equal((await world.endpointRow(endpoint.id)).status, 'enabled');
  await failFor(12);
  assert.deepEqual((await world.endpointRow(endpoint.id)).reason, 'failing');
  assert.equal((await disabledEvents()).length, 2);
});

test('a delivery that fails to the end is exhausted after ten tries and at least three days, and stays to be seen', async () => {
  const [eventId] = await world.events({ type: 'billing.rare.created' });
  const endpoint = await world.endpoint(zoo.url('404'), { eventTypes: ['billing.rare.created'] });
  const started = clock.monotonicMs();
  await world.fanOut();
  for (let tries = 0; tries < 20; tries += 1) {
    await world.dispatch(endpoint.id);
    const [delivery] = await world.deliveries(endpoint.id);
    if (delivery?.nextAttemptAt == null) break;
    await clock.advance(Math.max(0, world.until(delivery.nextAttemptAt)));
  }
  const [delivery] = await world.deliveries(endpoint.id);
  assert.equal(delivery?.status, 'exhausted');
  assert.equal(delivery?.messageId, eventId);
  assert.equal(delivery?.attempts.length, 10);
  assert.ok(clock.monotonicMs() - started >= 72 * HOUR);
  assert.ok(world.lines.some((line) => line.includes('webhook delivery exhausted')));
});

test('a hanging endpoint is not called while it rests, then one delivery tries, then all go', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-rest'), { eventTypes: ['billing.rest.created'] });
  await world.events(...Array.from({ length: 12 }, () => ({ type: 'billing.rest.created' })));
  await world.fanOut();
  await passTime(clock, 1000, world.dispatch(endpoint.id));
  assert.equal(zoo.requests('hang-rest').length, 5);
  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('hang-rest').length, 5, 'it rests');

  await clock.advance(60_000);
  await passTime(clock, 1000, world.dispatch(endpoint.id));
  assert.equal(zoo.requests('hang-rest').length, 6, 'one tries');

  await inTenant(world.sql, TENANT, (tx) =>
    updateWebhookEndpoint(tx, endpoint.id, { url: zoo.url('rested') }),
  );
  await clock.advance(10 * 60_000);
  await world.dispatch(endpoint.id);
  await clock.advance(HOUR);
  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('rested').length, 12);
});

test('a throttling endpoint rests even though it takes some deliveries', async () => {
  const endpoint = await world.endpoint(zoo.url('429-after-two'), {
    eventTypes: ['billing.limit.created'],
    concurrency: 1,
  });
  await world.events(...Array.from({ length: 6 }, () => ({ type: 'billing.limit.created' })));
  await world.fanOut();
  await world.dispatch(endpoint.id);
  const statuses = (await world.deliveries(endpoint.id)).map((delivery) => delivery.attempts.length);
  assert.ok(statuses.reduce((sum, n) => sum + n, 0) < 6, 'the rest is not burned');
  assert.ok(world.until((await world.endpointRow(endpoint.id)).resumeAt) > 0);
});

test('the queue of a disabled endpoint is bounded, and what is beyond is noted as exhausted', async () => {
  const endpoint = await world.endpoint(zoo.url('ok'), { eventTypes: ['billing.flood.created'] });
  await inTenant(world.sql, TENANT, async (tx) => {
    await updateWebhookEndpoint(tx, endpoint.id, { status: 'disabled' });
    await tx`insert into webhook_messages (id, tenant_id, event_type, body, created_at)
      select 'flood' || n, ${TENANT}, 'billing.flood.created', '{}', ${String(clock.wall())} from generate_series(1, 9999) n`;
    await tx`insert into webhook_deliveries (id, tenant_id, endpoint_id, message_id, status, next_attempt_at, created_at)
      select 'flood' || n, ${TENANT}, ${endpoint.id}, 'flood' || n, 'pending', ${String(clock.wall())}, ${String(clock.wall())}
      from generate_series(1, 9999) n`;
  });
  const ids = await world.events(...Array.from({ length: 3 }, () => ({ type: 'billing.flood.created' })));
  await world.fanOut();
  const made = (await world.deliveries(endpoint.id)).filter((delivery) => ids.includes(delivery.messageId));
  assert.deepEqual(made.map((delivery) => delivery.status).sort(), ['exhausted', 'exhausted', 'pending']);
});

test('a deleted endpoint gets nothing more, and what waited for it is exhausted', async () => {
  const endpoint = await world.endpoint(zoo.url('deleted'), { eventTypes: ['billing.last.created'] });
  await world.events({ type: 'billing.last.created' });
  await world.fanOut();
  const now = String(clock.wall());
  assert.equal(await inTenant(world.sql, TENANT, (tx) => deleteWebhookEndpoint(tx, endpoint.id, now)), true);
  assert.equal(await inTenant(world.sql, TENANT, (tx) => deleteWebhookEndpoint(tx, endpoint.id, now)), false);
  await world.events({ type: 'billing.last.created' });
  await world.fanOut();
  await world.dispatch(endpoint.id);
  assert.deepEqual(
    (await world.deliveries(endpoint.id)).map((delivery) => delivery.status),
    ['exhausted'],
  );
  assert.equal(zoo.requests('deleted').length, 0);
});
