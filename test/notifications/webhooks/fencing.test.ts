// Dispatchers that are late, doubled, killed or stopped: the cap holds, and a stale record changes nothing (H9, F40).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { createDispatcher } from '#notifications/webhooks/dispatcher.ts';
import type { Recorder } from '#notifications/webhooks/recorder.ts';
import { Fenced } from '#runtime/errors.ts';
import { CLAIM_MS, RENEW_MS } from '#runtime/holding.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  type NotificationWorld,
  notificationWorld,
  passTime,
  TENANT,
} from '../../support/notification-world.ts';
import { startZoo, type Zoo } from '../../support/receiver-zoo.ts';

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

const until = async (claim: () => boolean): Promise<void> => {
  while (!claim()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const event = (type: string, count = 1) => world.events(...Array.from({ length: count }, () => ({ type })));

test('a dispatcher whose lease was lost may not record: Fenced, and the newer record stands', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-late'), { eventTypes: ['billing.late.created'] });
  await event('billing.late.created');
  await world.fanOut();
  const late = world.dispatch(endpoint.id);
  const fenced = assert.rejects(late, Fenced);
  await until(() => zoo.requests('hang-late').length === 1);

  // The first dispatcher stands still while its lease runs out; another one takes over.
  await inTenant(
    world.sql,
    TENANT,
    (tx) => tx`
    update webhook_deliveries set lease_until = ${String(clock.wall())} where endpoint_id = ${endpoint.id}`,
  );
  const next = world.dispatch(endpoint.id);
  await until(() => zoo.requests('hang-late').length === 2);
  zoo.letGo('hang-late');
  await next;
  await fenced;
  const [delivery] = await world.deliveries(endpoint.id);
  assert.deepEqual([delivery?.status, delivery?.attempts.length], ['delivered', 1]);
});

test('while one dispatcher works for an endpoint a second one finds nothing to do, also for what comes new', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-two'), { eventTypes: ['billing.two.created'] });
  await event('billing.two.created');
  await world.fanOut();
  const first = world.dispatch(endpoint.id);
  await until(() => zoo.requests('hang-two').length === 1);
  await event('billing.two.created');
  await world.fanOut();
  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('hang-two').length, 1);
  zoo.letGo('hang-two');
  await first;
});

test('the cap of an endpoint holds, also for many dispatchers at once', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-cap'), {
    eventTypes: ['billing.cap.created'],
    concurrency: 3,
  });
  await event('billing.cap.created', 20);
  await world.fanOut();
  const running = Array.from({ length: 6 }, () => world.dispatch(endpoint.id));
  let ended = false;
  const all = Promise.all(running).then(() => {
    ended = true;
  });
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    zoo.letGo('hang-cap');
  }
  await all;
  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('hang-cap').length, 20);
  assert.ok(zoo.openMax('hang-cap') <= 3, String(zoo.openMax('hang-cap')));
  assert.ok((await world.deliveries(endpoint.id)).every((delivery) => delivery.status === 'delivered'));
});

test('an endpoint that hangs does not hold up another', async () => {
  const hanging = await world.endpoint(zoo.url('hang-alone'), { eventTypes: ['billing.mixed.created'] });
  const fast = await world.endpoint(zoo.url('fast'), { eventTypes: ['billing.mixed.created'] });
  await event('billing.mixed.created', 30);
  await world.fanOut();
  const held = world.dispatch(hanging.id);
  await until(() => zoo.requests('hang-alone').length === 5);
  await world.dispatch(fast.id);
  assert.equal(zoo.requests('fast').length, 30);
  await passTime(clock, 1000, held);
  assert.equal(zoo.openMax('hang-alone'), 5);
});

test('killed between the call and the record: it comes again with the same id once the lease has run out', async () => {
  const endpoint = await world.endpoint(zoo.url('killed'), { eventTypes: ['billing.killed.created'] });
  const [eventId] = await event('billing.killed.created');
  await world.fanOut();
  const dying: Recorder = {
    open: () => ({
      write: () => Promise.reject(new Error('killed')),
      fenced: () => [],
      stopped: () => false,
    }),
  };
  const victim = createDispatcher({ ...world, recorder: dying });
  await assert.rejects(victim.dispatch(TENANT, endpoint.id, new AbortController().signal), /killed/);
  assert.equal(zoo.requests('killed').length, 1);

  await world.dispatch(endpoint.id);
  assert.equal(zoo.requests('killed').length, 1, 'the lease still runs');
  await clock.advance(CLAIM_MS + 1);
  await world.dispatch(endpoint.id);
  assert.deepEqual(
    zoo.requests('killed').map((request) => request.headers['webhook-id']),
    [eventId, eventId],
  );
  assert.equal(zoo.requests('killed')[0]?.body, zoo.requests('killed')[1]?.body);
  assert.equal((await world.deliveries(endpoint.id))[0]?.status, 'delivered');
});

test('a claim lasts as long as its dispatcher lives, however slow the endpoint', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-slow'), { eventTypes: ['billing.slow.created'] });
  await event('billing.slow.created', 2);
  await world.fanOut();
  const slow = world.dispatch(endpoint.id);
  await until(() => zoo.requests('hang-slow').length === 2);
  const leftMs = async (): Promise<number> => {
    const [row] = await inTenant(
      world.sql,
      TENANT,
      (tx) => tx<{ until: string }[]>`
        select min(lease_until) as until from webhook_deliveries where endpoint_id = ${endpoint.id}`,
    );
    return world.until(row?.until ?? null);
  };
  // Just below the time after which a silent endpoint is given up.
  for (let passedMs = 0; passedMs < 9_000; passedMs += RENEW_MS) {
    await clock.advance(RENEW_MS);
    while ((await leftMs()) < CLAIM_MS) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  zoo.letGo('hang-slow');
  await slow;
  assert.ok((await world.deliveries(endpoint.id)).every(({ attempts }) => attempts.length === 1));
});

test('an aborted dispatcher gives its claims back at once, and another sends them', async () => {
  const endpoint = await world.endpoint(zoo.url('hang-stop'), { eventTypes: ['billing.stop.created'] });
  await event('billing.stop.created', 12);
  await world.fanOut();
  const stop = new AbortController();
  const stopped = world.dispatch(endpoint.id, stop.signal);
  await until(() => zoo.requests('hang-stop').length === 5);
  stop.abort();
  await stopped;
  const before = await world.deliveries(endpoint.id);
  assert.ok(before.every((delivery) => delivery.status === 'pending' && delivery.attempts.length === 0));
  const again = world.dispatch(endpoint.id);
  await until(() => zoo.requests('hang-stop').length >= 10);
  await passTime(clock, 1000, again);
});
