// What a client can send wrong, and that each is answered with the code and place of the mistake, leaves nothing behind,
// and leaves the process well.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

const METER = { key: 'calls', name: 'Calls', eventType: 'call', aggregation: 'count' };

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  await send('/meters', METER);
  await send('/meters', {
    ...METER,
    key: 'tokens',
    eventType: 'llm',
    aggregation: 'sum',
    valueProperty: 'n',
  });
  await send('/customers', { externalId: 'acme', name: 'Acme Ltd' });
});
after(() => world.close());

function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return world.call('POST', path, { key: seller.key, body, headers });
}

function refused(answer: Answered, status: number, code: string, error: object = {}): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.at('/code'), code, JSON.stringify(answer.body));
  assert.partialDeepStrictEqual(answer.at('/errors/0') ?? {}, error);
}

describe('JSON that is none, or means two things', () => {
  let metersBefore: number;
  beforeEach(async () => {
    metersBefore = (await world.call('GET', '/meters', { key: seller.key })).list('/data').length;
  });

  const cases: readonly (readonly [name: string, body: string | Uint8Array, code: string, error?: object])[] =
    [
      ['half a body', '{"key":', 'malformed_json'],
      ['two values', '{} {}', 'malformed_json'],
      ['a trailing comma', '{"key":"a",}', 'malformed_json'],
      ['NaN', '{"key":NaN}', 'malformed_json'],
      ['Infinity', '{"key":-Infinity}', 'malformed_json'],
      ['hexadecimal', '{"key":0x10}', 'malformed_json'],
      ['a byte order mark', `\uFEFF${JSON.stringify(METER)}`, 'malformed_json'],
      ['10⁵ open brackets', '['.repeat(100_000), 'nested_too_deep'],
      ['10⁵ levels', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'nested_too_deep'],
      ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, 'nested_too_deep'],
      ['a name twice', '{"key":"a","key":"b"}', 'duplicate_member'],
      ['a name twice, once escaped', '{"key":"a","\\u006bey":"b"}', 'duplicate_member'],
      ['1e400', '{"key":1e400}', 'number_not_exact', { pointer: '/key' }],
      ['1e-400', '{"key":1e-400}', 'number_not_exact', { pointer: '/key' }],
      ['2⁵³+1', '{"a/b":[0,9007199254740993]}', 'number_not_exact', { pointer: '/a~1b/1' }],
      ['400 digits', `{"key":${'9'.repeat(400)}}`, 'number_not_exact', { pointer: '/key' }],
      ['__proto__', '{"__proto__":{"admin":true}}', 'member_not_allowed', { pointer: '' }],
      ['NUL', '{"key":"a\\u0000b"}', 'text_not_storable', { pointer: '/key' }],
      ['NUL in a name', '{"a\\u0000":1}', 'text_not_storable', { pointer: '' }],
      ['a lone high surrogate', '{"key":"\\ud800"}', 'text_not_storable', { pointer: '/key' }],
      ['a lone low surrogate', '{"key":"x\\udc00"}', 'text_not_storable', { pointer: '/key' }],
      ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'malformed_utf8'],
      ['surrogates as UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'malformed_utf8'],
      ['an overlong slash', new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), 'malformed_utf8'],
    ];
  for (const [name, body, code, error] of cases) {
    test(`${name} is refused as ${code}`, async () => {
      refused(await send('/meters', body), 400, code, error);
      const meters = await world.call('GET', '/meters', { key: seller.key });
      assert.equal(meters.list('/data').length, metersBefore);
    });
  }

  test('10⁵ names in one object are read and refused by name', async () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `"n${index}":1`).join(',');
    const answer = await send('/meters', `{${names}}`);
    assert.equal(answer.status, 400);
    assert.ok(answer.list('/errors').length <= 50);
  });
});

describe('fields', () => {
  test('what is missing, unknown or of the wrong kind is named', async () => {
    const answer = await send('/meters', { nam: 'x', key: 'a b', aggregation: 'avg', eventType: 7 });
    refused(answer, 400, 'invalid_request');
    const found = answer.list('/errors').map((error) => [at(error, 'pointer'), at(error, 'code')].join(' '));
    assert.deepEqual(found.sort(), [
      '/aggregation invalid_value',
      '/eventType invalid_type',
      '/key invalid_value',
      '/nam unknown_field',
      '/name required',
    ]);
  });

  test('what fits none of several forms is told what keeps it from the nearest', async () => {
    const found = async (path: string, body: object) =>
      (await send(path, body))
        .list('/errors')
        .map((error) => [at(error, 'pointer'), at(error, 'code'), at(error, 'message')].join(' '));
    const filtered = (filter: unknown) => found('/meters', { ...METER, key: 'filtered', filters: [filter] });
    assert.deepEqual(await filtered({ property: 'a', in: ['b'], gt: '3' }), [
      '/filters/0 invalid_value takes exactly one of gt, in',
    ]);
    assert.deepEqual(await filtered({ property: 'a', like: 'b' }), [
      '/filters/0/like unknown_field there is no such field here',
      '/filters/0 invalid_value takes exactly one of in, not_in, exists, gt, gte, lt, lte',
    ]);
    assert.deepEqual(await filtered({ property: 'a', gt: 'x' }), [
      '/filters/0/gt invalid_value must be a decimal',
    ]);
    assert.deepEqual(await filtered({ in: ['x'] }), [
      '/filters/0/property required Invalid input: expected string, received undefined',
    ]);
    const prices = [{ key: 'p', name: 'P', cadence: 'in_advance', model: { type: 'free' } }];
    const plan = { key: 'p', name: 'P', currency: 'USD', interval: 'month', prices };
    const [told = ''] = await found('/plans', plan);
    assert.match(told, /^\/prices\/0\/model\/type invalid_price must be one of flat, per_unit, /);
  });

  test('deep fields have deep pointers', async () => {
    const prices = [{ key: 'p', name: 'P', cadence: 'in_advance', model: { type: 'flat', amount: '1,5' } }];
    const plan = { key: 'p', name: 'P', currency: 'USD', interval: 'month', prices };
    refused(await send('/plans', plan), 400, 'invalid_price', { pointer: '/prices/0/model/amount' });
    const late = { ...plan, prices: [{ ...prices[0], cadence: 'sometimes' }] };
    refused(await send('/plans', late), 400, 'invalid_request', { pointer: '/prices/0/cadence' });
  });

  test('an unknown meter in a plan is 404 and named', async () => {
    const price = {
      key: 'p',
      name: 'P',
      cadence: 'in_arrears',
      meter: 'nope',
      model: { type: 'per_unit', unitAmount: '1' },
    };
    const plan = { key: 'p', name: 'P', currency: 'USD', interval: 'month', prices: [price] };
    refused(await send('/plans', plan), 404, 'meter_not_found', { pointer: '/prices/0/meter' });
  });

  test('a card number in place of a token is refused and not repeated', async () => {
    const paymentMethod = { gateway: 'fake', token: '4242 4242 4242 4242' };
    const answer = await send('/customers', { externalId: 'pan', name: 'Pan', paymentMethod });
    refused(answer, 400, 'invalid_request', { pointer: '/paymentMethod/token' });
    assert.ok(!JSON.stringify(answer.body).includes('4242'));
  });

  test('an unknown customer of a subscription is 404 and named', async () => {
    const answer = await send('/subscriptions', { customer: 'nobody', plan: 'pro' });
    refused(answer, 404, 'not_found', { pointer: '/customer' });
  });

  test('a webhook for a type of event that there is not is refused and named', async () => {
    const body = {
      url: 'https://acme.example/',
      eventTypes: ['billing.invoice.paid', 'billing.invoice.payed'],
    };
    const answer = await send('/webhook-endpoints', body);
    refused(answer, 400, 'invalid_request');
    assert.equal(answer.at('/errors/0/pointer'), '/eventTypes/1');
  });

  test('a taken key is a conflict', async () => {
    refused(await send('/meters', METER), 409, 'key_taken', { pointer: '/key' });
  });

  test('injected SQL is a text like any other', async () => {
    const name = `x'); drop table customers; -- " % _ \\`;
    const created = await send('/customers', { externalId: name, name });
    assert.equal(created.status, 201);
    const found = await world.call('GET', `/customers/${encodeURIComponent(`ext:${name}`)}`, {
      key: seller.key,
    });
    assert.equal(found.at('/name'), name);
    const none = await world.call('GET', `/customers/${encodeURIComponent(`ext:' or '1'='1`)}`, {
      key: seller.key,
    });
    assert.equal(none.status, 404);
  });

  test('normalization twins are two customers', async () => {
    const [composed, decomposed] = ['\u00e9', 'e\u0301'];
    assert.equal((await send('/customers', { externalId: composed, name: 'one' })).status, 201);
    assert.equal((await send('/customers', { externalId: decomposed, name: 'two' })).status, 201);
  });
});

describe('queries and paths', () => {
  const get = (path: string) => world.call('GET', path, { key: seller.key });

  for (const query of ['limit=0', 'limit=101', 'limit=ten', 'limit=1e1', 'limit=', 'limit=-1']) {
    test(`${query} is refused`, async () =>
      refused(await get(`/meters?${query}`), 400, 'invalid_request', { parameter: 'limit' }));
  }

  test('unknown and repeated parameters are named', async () => {
    refused(await get('/meters?colour=red'), 400, 'invalid_request', {
      parameter: 'colour',
      code: 'unknown_field',
    });
    refused(await get('/meters?limit=1&limit=2'), 400, 'invalid_request', {
      parameter: 'limit',
      code: 'repeated',
    });
  });

  test('text that cannot be stored is refused, not asked for', async () => {
    refused(await get('/usage/events?source=%00'), 400, 'invalid_request', {
      parameter: 'source',
      code: 'text_not_storable',
    });
    const filter = encodeURIComponent(JSON.stringify({ region: ['a\0'] }));
    const span = 'from=2023-11-01T00:00:00Z&to=2023-12-01T00:00:00Z';
    refused(await get(`/usage/query?meter=calls&${span}&filter=${filter}`), 400, 'invalid_request');
  });

  for (const [code, setting] of [
    ['invalid_setting', { multiplier: '-1' }],
    ['setting_unused', { percentile: '95' }],
    ['setting_missing', { aggregation: 'percentile' }],
    ['setting_unused', { bucket: { unit: 'day' }, carriedOver: true }],
  ] as const) {
    test(`a meter with ${JSON.stringify(setting)} is ${code}`, async () => {
      const meter = { key: 'odd', name: 'Odd', eventType: 'odd', aggregation: 'sum', valueProperty: 'v' };
      const answer = await world.call('POST', '/meters', { key: seller.key, body: { ...meter, ...setting } });
      refused(answer, 400, code);
    });
  }

  test('a made-up cursor, or that of another list, is refused', async () => {
    const cursors = [
      'x',
      '%00',
      Buffer.from("meters:' or 1=1").toString('base64url'),
      Buffer.from('plans:pln_1').toString('base64url'),
    ];
    for (const cursor of cursors)
      refused(await get(`/meters?cursor=${cursor}`), 400, 'cursor_invalid', { parameter: 'cursor' });
  });

  test('a span must have an end after its start', async () => {
    const span = 'start=2023-12-01T00:00:00Z&end=2023-11-01T00:00:00Z';
    refused(await get(`/usage/summary?meter=calls&customer=ext:acme&${span}`), 400, 'invalid_request', {
      parameter: 'end',
    });
    refused(
      await get('/usage/summary?meter=calls&customer=ext:acme&start=yesterday&end=x'),
      400,
      'invalid_request',
      { parameter: 'start' },
    );
  });

  test('an unknown meter or customer of a summary is 404', async () => {
    const span = 'start=2023-11-01T00:00:00Z&end=2023-12-01T00:00:00Z';
    refused(await get(`/usage/summary?meter=nope&customer=ext:acme&${span}`), 404, 'not_found');
    refused(await get(`/usage/summary?meter=calls&customer=ext:nope&${span}`), 404, 'not_found');
  });

  for (const path of [
    '/customers/%00',
    '/customers/%FF',
    '/customers/ext:%ED%A0%80',
    '/invoices/..%2f..%2fetc',
    '/nothing/at/all',
  ]) {
    test(`${path} is not found`, async () => refused(await get(path), 404, 'not_found'));
  }

  test('another method is told which there are', async () => {
    const answer = await world.call('PUT', '/meters', { key: seller.key, body: {} });
    refused(answer, 405, 'method_not_allowed');
    assert.equal(answer.headers.get('allow'), 'POST, GET, HEAD');
  });
});

describe('bodies that are too much, or not what they say', () => {
  test('11 MB are refused', async () => {
    refused(await send('/meters', 'x'.repeat(11_000_000)), 413, 'body_too_large');
    refused(await send('/usage/events', 'x'.repeat(11_000_000)), 413, 'body_too_large');
  });

  test('a stated length is judged before a byte is read', async () => {
    const answer = await send('/meters', '{}', { 'content-length': '11000000' });
    refused(answer, 413, 'body_too_large');
    assert.equal(answer.headers.get('connection'), 'close');
  });

  test('other types and encodings are refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      refused(
        await send('/meters', JSON.stringify(METER), { 'content-type': type }),
        415,
        'unsupported_media_type',
      );
      refused(await send('/usage/events', '{}', { 'content-type': type }), 415, 'unsupported_media_type');
    }
    refused(await send('/meters', '{}', { 'content-encoding': 'gzip' }), 415, 'unsupported_encoding');
    refused(await send('/usage/events', '{}', { 'content-encoding': 'gzip' }), 415, 'unsupported_encoding');
  });

  test('an operation without a body refuses one', async () => {
    refused(await send('/customers/ext:acme/release', { force: true }), 400, 'invalid_request');
  });
});

describe('headers', () => {
  for (const key of ['', 'with space', 'x'.repeat(256), 'naïve']) {
    test(`Idempotency-Key ${JSON.stringify(key.slice(0, 12))} is refused`, async () => {
      const answer = await send('/meters', METER, { 'idempotency-key': key });
      refused(answer, 400, 'invalid_header', { parameter: 'Idempotency-Key' });
    });
  }

  test('a wait that is no number is refused', async () => {
    refused(await send('/meters', METER, { prefer: 'wait=soon' }), 400, 'invalid_header', {
      parameter: 'Prefer',
    });
  });

  test('a request id comes back if it is one, else a new one', async () => {
    assert.equal(
      (await send('/meters', METER, { 'x-request-id': 'my-1' })).headers.get('x-request-id'),
      'my-1',
    );
    assert.match(
      (await send('/meters', METER, { 'x-request-id': 'a b' })).headers.get('x-request-id') ?? '',
      /^req_/,
    );
  });
});

function at(value: unknown, member: string): unknown {
  return (value as Record<string, unknown>)[member];
}
