// Receivers that answer badly, slowly, endlessly or not at all: each has its word, and none harms the sender (F15).
import assert from 'node:assert/strict';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { inTenant } from '#db/scope.ts';
import { manualClock } from '../../support/manual-clock.ts';
import {
  type DeliveryView,
  type NotificationWorld,
  notificationWorld,
  passTime,
  TENANT,
} from '../../support/notification-world.ts';
import { startZoo, type Zoo } from '../../support/receiver-zoo.ts';
import { SELF_SIGNED } from '../../support/self-signed.ts';

const MINUTE = 60_000;
const clock = manualClock(new Date().toISOString());
let world: NotificationWorld;
let zoo: Zoo;
let tls: Server;
let count = 0;

before(async () => {
  world = await notificationWorld({ clock });
  zoo = await startZoo();
  tls = createTlsServer(SELF_SIGNED, (_request, response) => response.end());
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  tls.close();
  await zoo.close();
  await world.close();
});

/** Sends one event to `url` once, moving the clock only if nothing else ends the call. */
async function sendTo(url: string): Promise<DeliveryView & { endpointId: string }> {
  count += 1;
  const type = `billing.thing.n${count}`;
  const endpoint = await world.endpoint(url, { eventTypes: [type] });
  await world.events({ type });
  await world.fanOut();
  await passTime(clock, 0, world.dispatch(endpoint.id));
  const [delivery] = await world.deliveries(endpoint.id);
  if (delivery === undefined) throw new Error('no delivery');
  return { ...delivery, endpointId: endpoint.id };
}

const cases: readonly { behaviour: string; outcome: string; status: number | null }[] = [
  { behaviour: '500', outcome: 'status_refused', status: 500 },
  { behaviour: '404', outcome: 'status_refused', status: 404 },
  { behaviour: '503', outcome: 'status_refused', status: 503 },
  { behaviour: '301', outcome: 'redirected', status: 301 },
  { behaviour: '307', outcome: 'redirected', status: 307 },
  { behaviour: 'early-close', outcome: 'connection_lost', status: null },
  { behaviour: 'large-headers', outcome: 'response_invalid', status: null },
];
for (const { behaviour, outcome, status } of cases) {
  test(`${behaviour}: ${outcome}, and it stays due for a retry`, async () => {
    const delivery = await sendTo(zoo.url(behaviour));
    assert.deepEqual([delivery.attempts[0]?.outcome, delivery.attempts[0]?.status], [outcome, status]);
    assert.equal(delivery.status, 'pending');
    assert.ok(world.until(delivery.nextAttemptAt) >= 4000);
  });
}

test('redirects are never followed', () => {
  assert.equal(zoo.requests('redirect-target').length, 0);
});

const successes = ['large-body', 'endless', 'gzip-bomb', 'closes-in-body'];
for (const behaviour of successes) {
  test(`${behaviour}: the status decides, and at most 4 kB are kept`, async () => {
    const delivery = await sendTo(zoo.url(behaviour));
    assert.equal(delivery.status, 'delivered');
    assert.ok((delivery.attempts[0]?.excerpt ?? '').length <= 4096);
  });
}

test('the endless body is cut off', async () => {
  const written = zoo.endlessBytes();
  assert.ok(written < 20_000_000, String(written));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(zoo.endlessBytes(), written);
});

test('an answer with NUL is stored', async () => {
  const delivery = await sendTo(zoo.url('nul-body'));
  assert.equal(delivery.attempts[0]?.excerpt, 'a\u{fffd}b');
});

const garbage: readonly [string, string, string][] = [
  ['HTTP/0.9', '<html>hello</html>', 'response_invalid'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n', 'response_invalid'],
  ['nothing', '', 'connection_lost'],
  ['a status out of range', 'HTTP/1.1 99999 Odd\r\n\r\n', 'response_invalid'],
];
for (const [name, bytes, outcome] of garbage) {
  test(`${name} in place of an answer: ${outcome}`, async () => {
    const delivery = await sendTo(await zoo.raw(bytes));
    assert.equal(delivery.attempts[0]?.outcome, outcome);
  });
}

test('a certificate nobody vouches for: tls_failed', async () => {
  const delivery = await sendTo(`https://localhost:${(tls.address() as AddressInfo).port}/`);
  assert.equal(delivery.attempts[0]?.outcome, 'tls_failed');
});

test('no listener, no such name, and a forbidden address each have their word', async () => {
  assert.equal((await sendTo('http://127.0.0.1:65535/')).attempts[0]?.outcome, 'connection_refused');
  assert.equal((await sendTo('http://no-such-name.invalid/')).attempts[0]?.outcome, 'name_unresolved');
  const refused = await sendTo('http://169.254.169.254/');
  assert.equal(refused.attempts[0]?.outcome, 'destination_refused');
  assert.equal(refused.status, 'pending');
});

test('no answer within ten seconds, or one that drips: timed_out, and at least a minute of rest', async () => {
  for (const behaviour of ['hang', 'drips-headers']) {
    count += 1;
    const type = `billing.thing.n${count}`;
    const endpoint = await world.endpoint(zoo.url(behaviour), { eventTypes: [type] });
    await world.events({ type });
    await world.fanOut();
    await passTime(clock, 1000, world.dispatch(endpoint.id));
    const [delivery] = await world.deliveries(endpoint.id);
    assert.equal(delivery?.attempts[0]?.outcome, 'timed_out');
    // From the attempt on: the clock was moved further while it was recorded.
    const [rests] = await inTenant(
      world.sql,
      TENANT,
      (tx) => tx<{ delivery: number; endpoint: number }[]>`
        select extract(epoch from d.next_attempt_at - a.attempted_at)::float8 * 1000 as delivery,
          extract(epoch from e.resume_at - a.attempted_at)::float8 * 1000 as endpoint
        from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.id
        join webhook_attempts a on a.delivery_id = d.id where e.id = ${endpoint.id}`,
    );
    assert.ok(
      rests !== undefined && rests.delivery >= MINUTE && rests.endpoint >= MINUTE,
      JSON.stringify(rests),
    );
  }
});

const throttles: readonly [string, number, number][] = [
  ['429-seconds', 10 * MINUTE, 10 * MINUTE],
  ['429-date', 9 * MINUTE, 10 * MINUTE],
  ['429-garbage', MINUTE, MINUTE],
  ['429-years', 60 * MINUTE, 60 * MINUTE],
];
for (const [behaviour, least, most] of throttles) {
  test(`${behaviour}: waits from ${least / MINUTE} to ${most / MINUTE} minutes, and so does the endpoint`, async () => {
    const delivery = await sendTo(zoo.url(behaviour));
    assert.equal(delivery.attempts[0]?.outcome, 'throttled');
    const waitMs = world.until(delivery.nextAttemptAt);
    assert.ok(waitMs >= least - 1000 && waitMs <= most + 1000, String(waitMs));
    const restMs = world.until((await world.endpointRow(delivery.endpointId)).resumeAt);
    assert.ok(restMs >= least - 1000 && restMs <= most + 1000, String(restMs));
  });
}
