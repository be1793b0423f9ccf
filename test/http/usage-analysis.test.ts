// What usage costs, what one event cost, how late it was counted, and summaries, over HTTP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
let day: string;
let next: string;

const SPAN = (): string => `from=${day}T00:00:00Z&to=${next}T00:00:00Z`;
const get = (path: string) => world.call('GET', path, { key: seller.key });

before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme');
  const { key } = seller;
  const post = async (path: string, body: unknown) => {
    const answer = await world.call('POST', path, { key, body, headers: { prefer: 'wait=25' } });
    assert.ok([200, 201].includes(answer.status), JSON.stringify(answer.body));
    return answer;
  };
  const meter = { key: 'tokens', name: 'Tokens', eventType: 'llm', aggregation: 'sum', valueProperty: 'n' };
  await post('/meters', { ...meter, dimensions: ['model'] });
  await post('/plans', {
    key: 'pro',
    name: 'Pro',
    currency: 'USD',
    interval: 'month',
    prices: [
      {
        key: 'tokens',
        name: 'Tokens',
        cadence: 'in_arrears',
        meter: 'tokens',
        model: {
          type: 'graduated',
          tiers: [
            { upTo: '10', unitAmount: '0.5' },
            { upTo: null, unitAmount: '0.25' },
          ],
        },
      },
    ],
  });
  await post('/customers', { externalId: 'acme', name: 'Acme Ltd' });
  const subscription = await post('/subscriptions', { customer: 'acme', plan: 'pro' });
  // Real time: the period has begun just now.
  const start = Temporal.Instant.from(subscription.text('/periodStart'));
  const time = start.toString();
  day = time.slice(0, 10);
  next = String(Temporal.PlainDate.from(day).add({ days: 1 }));
  const event = (id: string, source: string, n: number) => ({
    id,
    source,
    type: 'llm',
    customer: 'acme',
    time,
    properties: { n, model: 'small' },
  });
  await post('/usage/events', [event('1', 'a', 8), event('2', 'b', 4), event('3', 'a', 4)]);
});
after(() => world.close());

test('costs by source add up, as a time series too', async () => {
  const found = await get(`/usage/analysis?customer=acme&${SPAN()}&groupBy=source,model&window=hour`);
  assert.equal(found.status, 200, JSON.stringify(found.body));
  assert.deepEqual(found.at('/costs'), [{ currency: 'USD', amount: '650' }]);
  const items = found
    .list('/items')
    .map((item) => [lookUp(item, '/group'), lookUp(item, '/quantity'), lookUp(item, '/costs/0/amount')]);
  // 16 units cost 6.50: ten in the first tier and six behind it, shared by quantity.
  assert.deepEqual(items, [
    [{ source: 'a', model: 'small' }, '12', '488'],
    [{ source: 'b', model: 'small' }, '4', '162'],
  ]);
  assert.equal(found.list('/items/0/points').length, 24);
  const only = await get(`/usage/analysis?customer=acme&meter=tokens&${SPAN()}&source=b`);
  assert.deepEqual([only.at('/items/0/quantity'), only.at('/items/0/costs/0/amount')], ['4', '162']);
  const wrong = await get(`/usage/analysis?customer=acme&meter=none&${SPAN()}`);
  assert.deepEqual([wrong.status, wrong.at('/errors/0/parameter')], [404, 'meter']);
});

test('an event stands at its place among those of its instant', async () => {
  const cost = async (id: string, source: string) => {
    const found = await get(`/usage/events/cost?customer=acme&id=${id}&source=${source}`);
    assert.equal(found.status, 200, JSON.stringify(found.body));
    return ['quantityBefore', 'quantityAfter', 'exact', 'amount'].map((name) =>
      found.at(`/parts/0/cost/${name}`),
    );
  };
  assert.deepEqual(await cost('1', 'a'), ['0', '8', '4', '400']);
  assert.deepEqual(await cost('2', 'b'), ['8', '12', '1.5', '150']);
  assert.deepEqual(await cost('3', 'a'), ['12', '16', '1', '100']);
  assert.equal((await get('/usage/events/cost?customer=acme&id=2&source=a')).status, 404);
});

test('how late usage was counted, and what each meter counted', async () => {
  const lag = await get(`/usage/lag?meter=tokens&customer=acme&${SPAN()}`);
  assert.equal(lag.at('/events'), '3');
  for (const name of ['average', 'p50', 'p95', 'p99', 'longest']) assert.match(lag.text(`/${name}`), /^\d/);
  const span = `start=${day}T00:00:00Z&end=${next}T00:00:00Z`;
  const all = await get(`/usage/summaries?customer=acme&${span}`);
  assert.deepEqual(
    [all.list('/data').length, all.at('/data/0/quantity'), all.at('/data/0/name')],
    [1, '16', 'Tokens'],
  );
  const one = await get(`/usage/summary?meter=tokens&customer=acme&${span}`);
  assert.deepEqual([one.at('/quantity'), one.at('/eventCount')], ['16', '3']);
  assert.equal((await get(`/usage/summary?meter=none&customer=acme&${span}`)).status, 404);
  assert.equal((await get(`/usage/summaries?customer=none&${span}`)).status, 404);
});
