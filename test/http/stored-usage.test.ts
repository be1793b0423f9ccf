// Looking at stored events over HTTP, page by page, and setting one right: who did it, when, why, and what was before.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
const get = (path: string) => world.call('GET', path, { key: seller.key });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  world.call('POST', path, { key: seller.key, body, headers: { prefer: 'wait=25', ...headers } });

before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  const meter = {
    name: 'Tokens',
    eventType: 'llm',
    aggregation: 'sum',
    valueProperty: 'n',
    dimensions: ['model'],
  };
  await post('/meters', { ...meter, key: 'tokens', filters: [{ property: 'kind', in: ['paid'] }] });
  await post('/customers', { externalId: 'acme', name: 'Acme Ltd' });
  await post('/customers', { externalId: 'other', name: 'Other Ltd' });
  const events = [1, 2, 3, 4, 5].map((hour) => ({
    id: `e${hour}`,
    source: hour === 5 ? 'batch' : 'api',
    type: 'llm',
    customer: hour === 4 ? 'other' : 'acme',
    time: `2023-11-0${hour > 2 ? 2 : hour}T00:00:00Z`,
    properties: {
      n: '0.1234567890123456789',
      model: 'm',
      kind: hour === 3 ? 'free' : 'paid',
      long: 12345678901234567890n,
    },
  }));
  const text = JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? 'LONG' : value));
  await post('/usage/events', text.replaceAll('"LONG"', '1234567890.1234567890123'));
});
after(() => world.close());

const ids = async (query: string): Promise<string[]> =>
  (await get(`/usage/events?${query}`)).list('/data').map((row) => String(lookUp(row, '/id')));

describe('stored events', () => {
  test('are listed latest first, each once, in pages', async () => {
    const read: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`/usage/events?limit=2${cursor}`);
      read.push(...page.list('/data').map((row) => String(lookUp(row, '/id'))));
      if (page.at('/nextCursor') === null) break;
      cursor = `&cursor=${page.text('/nextCursor')}`;
    }
    // Of one instant the one that came in last is first.
    assert.deepEqual(read.toSorted(), ['e1', 'e2', 'e3', 'e4', 'e5']);
    assert.deepEqual(read.at(-1), 'e1');
  });

  test('are found by customer, meter, type, id, source, time, and by nobody having counted them', async () => {
    assert.deepEqual(await ids('customer=other'), ['e4']);
    assert.deepEqual((await ids('customer=acme,other&meter=tokens')).toSorted(), ['e1', 'e2', 'e4', 'e5']);
    assert.deepEqual(await ids('type=none'), []);
    assert.deepEqual(await ids('id=e2'), ['e2']);
    assert.deepEqual(await ids('source=batch'), ['e5']);
    assert.deepEqual(await ids('from=2023-11-01T00:00:00Z&to=2023-11-02T00:00:00Z'), ['e1']);
    assert.deepEqual(await ids('unmatched=meter'), ['e3']);
    // Counted, but nobody has subscribed to anything.
    assert.deepEqual((await ids('unmatched=charge')).toSorted(), ['e1', 'e2', 'e4', 'e5']);
    assert.equal((await get('/usage/events?customer=nobody')).status, 404);
    assert.equal((await get('/usage/events?meter=nothing')).status, 404);
    assert.equal((await get('/usage/events?unmatched=all')).status, 400);
  });

  test('say what meters made of them, with every digit', async () => {
    const answer = await world.page('/api/v1/billing/usage/events?id=e1', {
      authorization: `Bearer ${seller.key}`,
    });
    assert.equal(answer.at('/data/0/facts/0/value'), '0.1234567890123456789');
    assert.deepEqual(answer.at('/data/0/facts/0/dimensions'), { model: 'm' });
    assert.match(answer.text('/data/0/lagSeconds'), /^\d+\.\d+$/);
    const raw = await world.app.request('/api/v1/billing/usage/events?id=e1', {
      headers: { authorization: `Bearer ${seller.key}` },
    });
    assert.match(await raw.text(), /"long":1234567890\.1234567890123[,}]/);
  });
});

test('an event is amended once for a key, and the trail says who did it', async () => {
  const body = {
    customer: 'acme',
    id: 'e2',
    source: 'api',
    properties: { n: 7, kind: 'paid' },
    reason: 'wrong meter',
  };
  const key = { 'idempotency-key': 'fix-e2' };
  const first = await post('/usage/events/amend', body, key);
  assert.deepEqual([first.status, first.at('/kind'), first.at('/billed')], [200, 'amend', true]);
  const again = await post('/usage/events/amend', body, key);
  assert.deepEqual([again.at('/id'), again.headers.get('idempotency-replayed')], [first.at('/id'), 'true']);

  const retracted = await post('/usage/events/retract', {
    customer: 'acme',
    id: 'e1',
    source: 'api',
    reason: 'twice',
  });
  assert.equal(retracted.at('/kind'), 'retract');
  const trail = await get('/usage/corrections?customer=acme');
  assert.deepEqual(
    trail.list('/data').map((row) => [lookUp(row, '/eventId'), lookUp(row, '/kind'), lookUp(row, '/reason')]),
    [
      ['e1', 'retract', 'twice'],
      ['e2', 'amend', 'wrong meter'],
    ],
  );
  assert.match(trail.text('/data/0/sentBy'), /^key_/);
  assert.deepEqual(trail.at('/data/1/after/properties'), { n: 7, kind: 'paid' });
  assert.equal(trail.at('/data/1/before/properties/model'), 'm');
  assert.deepEqual((await get('/usage/corrections?event=e9')).list('/data'), []);

  const gone = await get('/usage/events?id=e1');
  assert.deepEqual(gone.at('/data/0/facts'), []);
  assert.ok(gone.text('/data/0/retractedAt'));
  const sum = await get(
    '/usage/query?meter=tokens&customer=acme&from=2023-11-01T00:00:00Z&to=2023-12-01T00:00:00Z',
  );
  assert.equal(sum.at('/rows/0/quantity'), '7.1234567890123456789');
});

test('refusals name the field', async () => {
  const refused = async (path: string, body: object) => {
    const { status, ...answer } = await post(`/usage/events/${path}`, {
      customer: 'acme',
      reason: 'x',
      ...body,
    });
    return [status, answer.at('/code'), answer.at('/errors/0/pointer')];
  };
  assert.deepEqual(await refused('retract', { id: 'none' }), [404, 'event_not_found', '/id']);
  assert.deepEqual(await refused('retract', { id: 'e1', source: 'api' }), [
    409,
    'event_retracted',
    undefined,
  ]);
  assert.deepEqual(await refused('amend', { id: 'e2', source: 'api' }), [
    400,
    'nothing_to_amend',
    '/properties',
  ]);
  assert.deepEqual(
    await refused('amend', { id: 'e2', source: 'api', properties: { n: 'x', kind: 'paid' } }),
    [400, 'invalid_payload', '/properties/n'],
  );
  const long =
    '{"customer":"acme","id":"e2","source":"api","reason":"x","properties":{"n":0.12345678901234567890}}';
  assert.equal((await post('/usage/events/amend', long)).status, 400);
});
