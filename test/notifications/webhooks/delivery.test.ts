// The life of a delivery to a receiver that verifies: once, signed, retried and replayed with the same bytes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { insertReplay } from '#db/webhook-deliveries.ts';
import { rotateWebhookSecret } from '#db/webhook-endpoints.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../examples/support/webhook-receiver.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type NotificationWorld, notificationWorld, TENANT } from '../../support/notification-world.ts';
import { startZoo, type Zoo } from '../../support/receiver-zoo.ts';

const clock = manualClock(new Date().toISOString());
let world: NotificationWorld;
let receiver: WebhookReceiver;
let zoo: Zoo;

before(async () => {
  // A proxy that does not exist: whoever asks it delivers nothing.
  Object.assign(process.env, {
    HTTP_PROXY: 'http://127.0.0.1:1',
    http_proxy: 'http://127.0.0.1:1',
    NODE_USE_ENV_PROXY: '1',
  });
  world = await notificationWorld({ clock });
  receiver = await startWebhookReceiver();
  zoo = await startZoo();
  await world.customer('cus_a');
  await world.customer('cus_b');
});
after(async () => {
  await receiver.close();
  await zoo.close();
  await world.close();
});

test('each event arrives once, signed, with its customer’s sequence, at every endpoint that listens', async () => {
  const all = await world.endpoint(receiver.url);
  const invoices = await world.endpoint(zoo.url('ok'), { eventTypes: ['billing.invoice.*'] });
  const none = await world.endpoint(zoo.url('ok'), { eventTypes: ['billing.subscription.created'] });
  receiver.trust(all.secret);
  const ids = await world.events(
    { customerId: 'cus_a', sequence: 1 },
    {
      customerId: 'cus_a',
      sequence: 2,
      type: 'billing.payment.succeeded',
      data: { amount: '9007199254740993' },
    },
    { customerId: 'cus_b', sequence: 1 },
    { type: 'billing.meter.created' },
  );
  await world.fanOut();
  const rung = world.rings.filter((ring) => ring.queue === 'webhook-dispatch').map((ring) => ring.key);
  assert.deepEqual(rung.sort(), [all.id, invoices.id].sort());
  await world.dispatch(all.id);
  await world.dispatch(invoices.id);

  assert.deepEqual(
    receiver
      .events()
      .map((event) => event.id)
      .sort(),
    [...ids].sort(),
  );
  assert.deepEqual(receiver.gaps(), []);
  assert.deepEqual(receiver.refusals(), []);
  assert.equal(receiver.duplicates(), 0);
  assert.equal((await world.deliveries(invoices.id)).length, 2);
  assert.equal((await world.deliveries(none.id)).length, 0);
  const outcomes = (await world.deliveries(all.id)).map((one) => [one.status, one.attempts.length]);
  assert.deepEqual(
    outcomes,
    ids.map(() => ['delivered', 1]),
  );

  await world.fanOut();
  await world.dispatch(all.id);
  assert.equal(receiver.duplicates(), 0);
});

test('a retry and a replay carry the same id and the same bytes, with a fresh timestamp', async () => {
  const endpoint = await world.endpoint(zoo.url('fails-once'), { eventTypes: ['billing.customer.created'] });
  const [eventId] = await world.events({
    type: 'billing.customer.created',
    customerId: 'cus_a',
    sequence: 3,
  });
  await world.fanOut();
  await world.dispatch(endpoint.id);
  const [first] = await world.deliveries(endpoint.id);
  assert.deepEqual(
    first?.attempts.map((attempt) => attempt.outcome),
    ['status_refused'],
  );
  const waitMs = world.until(first?.nextAttemptAt ?? null);
  assert.ok(waitMs >= 4000 && waitMs <= 6000, String(waitMs));
  const announced = world.rings.findLast((ring) => ring.key === endpoint.id);
  assert.ok((announced?.retry?.delayMs ?? 0) >= 4000);

  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('fails-once').length, 1, 'not before it is due');
  await clock.advance(waitMs);
  await world.dispatch(endpoint.id);
  assert.equal((await world.deliveries(endpoint.id))[0]?.status, 'delivered');

  const replayId = world.ids('whd');
  const now = String(clock.wall());
  const replay = { id: replayId, deliveryId: first?.id ?? '', now };
  const made = await inTenant(world.sql, TENANT, (tx) => insertReplay(tx, replay));
  assert.equal(made?.endpointId, endpoint.id);
  await clock.advance(2000);
  await world.dispatch(endpoint.id);

  const requests = zoo.requests('fails-once');
  assert.equal(requests.length, 3);
  assert.deepEqual(new Set(requests.map((request) => request.headers['webhook-id'])), new Set([eventId]));
  assert.equal(new Set(requests.map((request) => request.body)).size, 1);
  assert.equal(new Set(requests.map((request) => request.headers['webhook-timestamp'])).size, 3);
});

test('during a rotation deliveries carry both signatures, and only the new one after it', async () => {
  const endpoint = await world.endpoint(zoo.url('rotates'), { eventTypes: ['billing.plan.created'] });
  const secret = world.box.seal(`whsec_${Buffer.alloc(32, 9).toString('base64')}`, endpoint.id);
  const previousUntil = String(clock.wall().add({ hours: 24 }));
  await inTenant(world.sql, TENANT, (tx) => rotateWebhookSecret(tx, endpoint.id, { secret, previousUntil }));
  for (const hours of [0, 25]) {
    await clock.advance(hours * 3_600_000);
    await world.events({ type: 'billing.plan.created' });
    await world.fanOut();
    await world.dispatch(endpoint.id);
  }
  const signatures = zoo
    .requests('rotates')
    .map((request) => String(request.headers['webhook-signature']).split(' ').length);
  assert.deepEqual(signatures, [2, 1]);
});

test('only the headers of a webhook are sent: no cookies, no encodings, nothing of ours', async () => {
  const [request] = zoo.requests('rotates');
  assert.deepEqual(Object.keys(request?.headers ?? {}).sort(), [
    'connection',
    'content-length',
    'content-type',
    'host',
    'user-agent',
    'webhook-id',
    'webhook-signature',
    'webhook-timestamp',
  ]);
});

test('an event too large for one message comes thin', async () => {
  const endpoint = await world.endpoint(zoo.url('large'), { eventTypes: ['billing.price.created'] });
  await world.events({
    type: 'billing.price.created',
    objectId: 'prc_9',
    data: { text: 'x'.repeat(30_000) },
  });
  await world.fanOut();
  await world.dispatch(endpoint.id);
  const body = JSON.parse(zoo.requests('large')[0]?.body ?? '{}') as { data: unknown };
  assert.deepEqual(body.data, { id: 'prc_9', objectType: 'price', thin: true });
});
