// Reporting usage: every form a body may have, what is said about each event, and what is refused.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  const meter = { name: 'Tokens', eventType: 'llm', valueProperty: 'n' };
  await world.call('POST', '/meters', {
    key: seller.key,
    body: { ...meter, key: 'tokens', aggregation: 'sum' },
  });
  await world.call('POST', '/customers', { key: seller.key, body: { externalId: 'acme', name: 'Acme Ltd' } });
});
after(() => world.close());

const event = (id: string, n: unknown = 1) => ({ id, type: 'llm', customer: 'acme', properties: { n } });
const cloudEvent = (id: string) => ({
  specversion: '1.0',
  id,
  source: 'api',
  type: 'llm',
  subject: 'acme',
  knativearrivaltime: 'now',
  data: { n: 2 },
});

function report(
  body: unknown,
  type = 'application/json',
  headers: Record<string, string> = {},
): Promise<Answered> {
  return world.call('POST', '/usage/events', {
    key: seller.key,
    body,
    headers: { 'content-type': type, ...headers },
  });
}

function results(answer: Answered): readonly unknown[] {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.list('/results');
}

describe('forms of a body', () => {
  test('one event, an object of events, a list', async () => {
    assert.deepEqual(results(await report(event('one'))), ['created']);
    assert.deepEqual(results(await report({ events: [event('two'), event('one')] })), [
      'created',
      'duplicate',
    ]);
    assert.deepEqual(results(await report([event('three'), event('two')])), ['created', 'duplicate']);
  });

  test('CloudEvents, one and a batch', async () => {
    assert.deepEqual(results(await report(cloudEvent('c1'), 'application/cloudevents+json')), ['created']);
    const batch = [cloudEvent('c1'), cloudEvent('c2')];
    const answer = await report(batch, 'application/cloudevents-batch+json; charset=utf-8');
    assert.deepEqual(results(answer), ['duplicate', 'created']);
  });

  test('a native event is no CloudEvent, whatever the type says', async () => {
    const answer = await report(event('native'), 'application/cloudevents+json');
    assert.equal(answer.status, 400);
    assert.equal(answer.at('/errors/0/pointer'), '/specversion');
    const list = await report([cloudEvent('c3')], 'application/cloudevents+json');
    assert.equal(list.at('/code'), 'invalid_request');
  });

  test('1,000 events are a batch, 1,001 are not', async () => {
    const events = Array.from({ length: 1001 }, (_, index) => event(`many-${index}`));
    const refused = await report({ events });
    assert.equal(refused.at('/code'), 'too_many_events');
    const counted = results(await report({ events: events.slice(1) }));
    assert.equal(counted.filter((result) => result === 'created').length, 1000);
  });

  test('numbers keep every digit, as numbers and as texts', async () => {
    const sum = async (): Promise<unknown> => {
      const span = 'start=2000-01-01T00:00:00Z&end=2001-01-01T00:00:00Z';
      const answer = await world.call('GET', `/usage/summary?meter=tokens&customer=ext:acme&${span}`, {
        key: seller.key,
      });
      return answer.at('/quantity');
    };
    const body =
      '[{"id":"exact-1","type":"llm","customer":"acme","time":"2000-06-01T00:00:00Z","properties":{"n":9007199254740993}},' +
      '{"id":"exact-2","type":"llm","customer":"acme","time":"2000-06-01T00:30:00Z","properties":{"n":"0.10000000000000000001"}}]';
    assert.deepEqual(results(await report(body)), ['created', 'created']);
    assert.equal(await sum(), '9007199254740993.10000000000000000001');
  });
});

describe('what is said about events', () => {
  test('a changed body under a known id is a conflict; alone it is a refusal', async () => {
    await report(event('same', 1));
    assert.deepEqual(results(await report([event('same', 2), event('same', 1)])), ['conflict', 'duplicate']);
    const alone = await report(event('same', 2));
    assert.equal(alone.status, 409);
    assert.equal(alone.at('/code'), 'event_conflict');
  });

  test('who does not wait gets the place of the results', async () => {
    const answer = await report(event('later'), 'application/json', { prefer: 'respond-async' });
    assert.equal(answer.status, 202);
    assert.equal(answer.at('/status'), 'pending');
    const place = answer.headers.get('location') ?? '';
    assert.equal(place, `/api/v1/billing/usage/requests/${answer.text('/id')}`);
    const same = results(await report(event('later')));
    assert.deepEqual(same, ['duplicate']);
    const found = await world.call('GET', place.replace('/api/v1/billing', ''), { key: seller.key });
    assert.deepEqual([found.at('/status'), found.at('/results')], ['counted', ['created']]);
  });

  test('another tenant does not find the request', async () => {
    const answer = await report(event('mine'));
    const other = await world.tenant('Other');
    for (const id of [answer.at('/id'), 'ing_1_0_1', 'ing_x', '17']) {
      const found = await world.call('GET', `/usage/requests/${String(id)}`, { key: other.key });
      assert.equal(found.status, 404);
    }
  });
});

describe('what is refused, with nothing taken', () => {
  const cases: readonly (readonly [name: string, wrong: object, pointer: string, code: string])[] = [
    ['"1,5" as a value', { properties: { n: '1,5' } }, '/properties/n', 'not_a_decimal'],
    ['"0x10" as a value', { properties: { n: '0x10' } }, '/properties/n', 'not_a_decimal'],
    ['"NaN" as a value', { properties: { n: 'NaN' } }, '/properties/n', 'not_a_decimal'],
    ['no value', { properties: {} }, '/properties/n', 'missing_value'],
    ['an unknown type', { type: 'nobody' }, '/type', 'unknown_meter'],
    ['an unknown customer', { customer: 'nobody' }, '/customer', 'unknown_customer'],
    ['an unknown field', { tokens: 1 }, '/tokens', 'unknown_field'],
    ['a time that is none', { time: '2023-02-30T00:00:00Z' }, '/time', 'invalid_time'],
    ['a time in the future', { time: '2999-01-01T00:00:00Z' }, '/time', 'time_in_future'],
    ['no id', { id: '' }, '/id', 'required'],
    ['NUL in an id', { id: 'a\0' }, '/id', 'invalid_text'],
    ['a lone surrogate', { source: '\ud800' }, '/source', 'invalid_text'],
  ];
  for (const [name, wrong, pointer, code] of cases) {
    test(name, async () => {
      const good = event(`good of ${name}`);
      const answer = await report({ events: [good, { ...event(`bad of ${name}`), ...wrong }] });
      assert.equal(answer.status, 400);
      assert.equal(answer.at('/code'), 'events_refused');
      assert.deepEqual(
        [answer.at('/errors/0/pointer'), answer.at('/errors/0/code')],
        [`/events/1${pointer}`, code],
      );
      assert.deepEqual(results(await report(good)), ['created']);
    });
  }

  test('1e400 as a value', async () => {
    const answer = await report('{"id":"huge","type":"llm","customer":"acme","properties":{"n":1e400}}');
    assert.equal(answer.status, 400);
    assert.equal(answer.at('/errors/0/pointer'), '/properties/n');
  });

  test('bodies that are no events', async () => {
    const codes = new Map([
      ['', 'malformed_json'],
      ['{', 'malformed_json'],
      ['7', 'not_an_object'],
      ['[]', 'no_events'],
      ['{"events":[]}', 'no_events'],
      ['['.repeat(100_000), 'nested_too_deep'],
    ]);
    for (const [body, code] of codes) {
      const answer = await report(body);
      assert.deepEqual([answer.status, answer.at('/code')], [400, code], body.slice(0, 20));
    }
    const bytes = await report(new Uint8Array([0x7b, 0xff, 0x7d]));
    assert.equal(bytes.at('/code'), 'malformed_utf8');
  });
});
