// The database goes away in the middle: answers say "later" instead of breaking, the process lives, and all is well after.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { type CutLine, cutLine } from '#test/support/cut-line.ts';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let line: CutLine;
let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld({
    through: async (url) => {
      line = await cutLine(url);
      return line.url;
    },
  });
  seller = await world.tenant('Acme');
});
after(async () => {
  await world.close();
  await line.close();
});

const meter = { key: 'calls', name: 'Calls', eventType: 'call', aggregation: 'count' };
const event = { id: '1', type: 'call', customer: 'acme' };

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return world.call('POST', path, { key: seller.key, body, headers });
}

/** Asks until the answer is good: the pool has to notice that the line is back. */
async function eventually(ask: () => Promise<Answered>, status: number): Promise<Answered> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.status === status || tries === 100) return answer;
    await systemClock().sleep(100);
  }
}

test('a database that goes away and comes back', async () => {
  assert.equal((await post('/meters', meter)).status, 201);
  assert.equal((await post('/customers', { externalId: 'acme', name: 'Acme' })).status, 201);

  line.cut();
  const asked = [
    () => world.call('GET', '/meters', { key: seller.key }),
    () => world.call('GET', '/tenant', { key: seller.keys.reader }),
    () => post('/customers', { externalId: 'other', name: 'Other' }),
    () => post('/usage/events', event),
    () => world.call('GET', '/commands/cmd_1', { key: seller.key }),
  ];
  for (const ask of asked) {
    const answer = await ask();
    assert.deepEqual([answer.status, answer.at('/code')], [503, 'unavailable'], JSON.stringify(answer.body));
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.ok(!/postgres|127\.0\.0\.1|ECONN/i.test(JSON.stringify(answer.body)));
  }
  assert.equal((await world.page('/health/live')).status, 200);
  const unready = await world.page('/health/ready');
  assert.deepEqual([unready.status, unready.at('/checks/database/ok')], [503, false]);
  // Bad input needs no database to be told so.
  assert.equal((await post('/meters', '{"key":', { 'idempotency-key': 'x' })).status, 400);

  line.join();
  const created = await eventually(
    () => post('/customers', { externalId: 'other', name: 'Other' }, { 'idempotency-key': 'other' }),
    201,
  );
  assert.equal(created.status, 201, JSON.stringify(created.body));
  const counted = await eventually(() => post('/usage/events', event), 200);
  assert.equal(counted.status, 200, JSON.stringify(counted.body));
  assert.equal((await eventually(() => world.page('/health/ready'), 200)).status, 200);
});
