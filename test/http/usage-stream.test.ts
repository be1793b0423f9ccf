// Reporting usage as a stream of lines: taken chunk by chunk, as fast as it becomes durable, up to the first mistake.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

const CHUNK_LINES = 1_000;

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  const body = { key: 'calls', name: 'Calls', eventType: 'call', aggregation: 'count' };
  await world.call('POST', '/meters', { key: seller.key, body });
  await world.call('POST', '/customers', { key: seller.key, body: { externalId: 'acme', name: 'Acme Ltd' } });
});
after(() => world.close());

const line = (id: string, customer = 'acme'): string => JSON.stringify({ id, type: 'call', customer });
const lines = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => line(`${name}-${index}`));

function stream(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answered> {
  const type = { 'content-type': 'application/x-ndjson', prefer: 'wait=25', ...headers };
  return world.call('POST', '/usage/events', { key: seller.key, body, headers: type });
}

describe('a stream of lines', () => {
  test('is counted in chunks and answered as a whole', async () => {
    const answer = await stream(`${lines('a', 2500).join('\n')}\n`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.at('/events'), 2500);
    assert.deepEqual(answer.at('/counts'), { created: 2500, duplicate: 0, conflict: 0, acceptedUnbilled: 0 });
    const sizes = answer.list('/chunks').map((chunk) => (chunk as { events: number }).events);
    assert.deepEqual(sizes, [CHUNK_LINES, CHUNK_LINES, 500]);
  });

  test('may have empty lines, carriage returns and no last newline', async () => {
    const answer = await stream(`\n${line('b-1')}\r\n\r\n  \n${line('b-2')}`);
    assert.equal(answer.at('/events'), 2, JSON.stringify(answer.body));
  });

  test('stops at the first chunk with a mistake and keeps what came before', async () => {
    const body = [...lines('c', 1500), line('c-bad', 'nobody'), ...lines('d', 2000)].join('\n');
    const answer = await stream(body);
    assert.equal(answer.status, 400);
    assert.equal(answer.at('/errors/0/pointer'), '/1500/customer');
    assert.equal(answer.at('/errors/0/code'), 'unknown_customer');
    assert.equal(answer.at('/accepted/events'), CHUNK_LINES);
    const again = await stream([...lines('c', 1500), ...lines('d', 10)].join('\n'));
    assert.deepEqual(again.at('/counts'), {
      created: 510,
      duplicate: 1000,
      conflict: 0,
      acceptedUnbilled: 0,
    });
  });

  test('names the line that is no JSON', async () => {
    const answer = await stream([...lines('e', 1001), '{"id":'].join('\n'));
    assert.deepEqual([answer.status, answer.at('/errors/0/pointer')], [400, '/1001']);
    assert.equal(answer.at('/accepted/events'), CHUNK_LINES);
  });

  test('refuses a line without end, bytes that are no UTF-8, and nothing', async () => {
    assert.deepEqual(pick(await stream('x'.repeat(2_000_000))), [413, 'body_too_large']);
    assert.deepEqual(pick(await stream(new Uint8Array([0x7b, 0xff]))), [400, 'malformed_utf8']);
    assert.deepEqual(pick(await stream('')), [400, 'no_events']);
    assert.deepEqual(pick(await stream('\n \n')), [400, 'no_events']);
    assert.deepEqual(pick(await stream('{}', { 'content-encoding': 'gzip' })), [415, 'unsupported_encoding']);
  });
});

function pick(answer: Answered): readonly unknown[] {
  return [answer.status, answer.at('/code')];
}
