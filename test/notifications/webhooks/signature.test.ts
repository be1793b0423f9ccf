// Signatures against the official library and its test vector, and forgeries (F31, F38).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { signatureHeaders } from '#notifications/webhooks/signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** The present, because the official library compares with it. */
const now = (): number => Math.floor(Date.now() / 1000);

test('signs as the vector of the Standard Webhooks libraries says', () => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  assert.deepEqual(signatureHeaders(message, [SECRET]), {
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('the official library verifies it, whatever the body', () => {
  for (const body of ['{}', '{"name":"Jürgen 🧾 \\u0000"}', `{"long":"${'x'.repeat(20_000)}"}`]) {
    const headers = signatureHeaders({ id: 'evt_1', timestamp: now(), body }, [OTHER]);
    assert.deepEqual(new Webhook(OTHER).verify(body, headers), JSON.parse(body));
  }
});

test('while a rotation overlaps, both secrets verify the same delivery', () => {
  const headers = signatureHeaders({ id: 'evt_1', timestamp: now(), body: '{"a":1}' }, [OTHER, SECRET]);
  assert.equal(headers['webhook-signature'].split(' ').length, 2);
  for (const secret of [OTHER, SECRET])
    assert.deepEqual(new Webhook(secret).verify('{"a":1}', headers), { a: 1 });
});

test('a forged delivery is not verified', () => {
  const body = '{"amount":"100"}';
  const headers = signatureHeaders({ id: 'evt_1', timestamp: now(), body }, [OTHER]);
  const refused = (changes: Record<string, string>, received = body): void => {
    assert.throws(() => new Webhook(OTHER).verify(received, { ...headers, ...changes }));
  };
  refused({}, '{"amount":"999"}');
  refused({}, '{ "amount": "100" }');
  refused({ 'webhook-id': 'evt_2' });
  refused({ 'webhook-timestamp': String(now() - 1000) });
  refused({ 'webhook-timestamp': String(now() + 1000) });
  refused({ 'webhook-signature': '' });
  refused({ 'webhook-signature': headers['webhook-signature'].slice(0, -4) });
  refused({ 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') });
  refused({ 'webhook-signature': Array(1000).fill('v1,AAAA').join(' ') });
  assert.throws(() => new Webhook(SECRET).verify(body, headers));
});

test('a dot in an id and a text that is no secret are refused', () => {
  assert.throws(() => signatureHeaders({ id: 'evt.1', timestamp: 1, body: '' }, [SECRET]), RangeError);
  for (const secret of ['', 'whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_c2hvcnQ=', 'whsec_!!!!']) {
    assert.throws(
      () => signatureHeaders({ id: 'evt_1', timestamp: 1, body: '' }, [secret]),
      RangeError,
      secret,
    );
  }
});
