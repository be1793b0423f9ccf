// Previews over HTTP: the answer fits the API document, a reader may ask, problems name the field, and tenants are walls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EXAMPLES } from '#http/examples.ts';
import { type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
let stranger: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  stranger = await world.tenant('Stranger');
  const post = (path: string, body: unknown) => world.call('POST', path, { key: seller.key, body });
  await post('/meters', EXAMPLES.createMeter);
  await post('/plans', EXAMPLES.createPlan);
  await post('/customers', { externalId: 'acme', name: 'Acme Ltd' });
});
after(() => world.close());

const ask = (body: unknown, key = seller.keys.reader) => world.call('POST', '/prices/preview', { key, body });

test('a price is rated and explained', async () => {
  const answer = await ask(EXAMPLES.previewPrices);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual([answer.at('/total'), answer.at('/prices/0/charged')], ['2100', '1400000']);
  assert.deepEqual(answer.list('/prices/0/text'), [
    '100000 units are free, 1400000 are charged',
    '1400000 units at USD 0.000015 each: USD 21',
    'listed USD 21, rounded once to USD 21.00',
  ]);
});

test('a plan is rated for a customer, and nothing is stored', async () => {
  const asked = { plan: 'pro', customer: 'acme', from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
  const answer = await ask(asked);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual([answer.at('/total'), answer.at('/prices/1/eventCount')], ['4900', '0']);
  const invoices = await world.call('GET', '/invoices', { key: seller.key });
  assert.deepEqual(invoices.list('/data'), []);
  const foreign = await ask(asked, stranger.key);
  assert.deepEqual([foreign.status, foreign.at('/errors/0/pointer')], [404, '/plan']);
});

test('a problem names the field', async () => {
  const price = { model: { type: 'volume', tiers: [{ upTo: '5', unitAmount: '1' }] } };
  const refusals = [
    [{ price, quantity: '1', currency: 'USD' }, 400, 'invalid_price', '/price/model/tiers/0/upTo'],
    [{ plan: 'pro' }, 400, 'invalid_request', '/quantities/input'],
    [{ plan: 'pro', surprise: 1 }, 400, 'invalid_request', '/surprise'],
    [{ plan: 'pro', currency: 'usd' }, 400, 'invalid_request', '/currency'],
  ] as const;
  for (const [body, status, code, pointer] of refusals) {
    const answer = await ask(body);
    assert.deepEqual(
      [answer.status, answer.at('/code'), answer.at('/errors/0/pointer')],
      [status, code, pointer],
    );
  }
});
