// Tenants are walls: whatever one tenant has, another asks for it by id in every path, body and filter, and finds nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EXAMPLES } from '#http/examples.ts';
import { operations } from '#test/support/documented-answers.ts';
import { type Answered, type HttpTenant, type HttpWorld, httpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
let owner: HttpTenant;
let stranger: HttpTenant;
/** Ids of the owner's things by what a path calls them. */
const things = new Map<string, string>();

const ask = (
  method: string,
  path: string,
  asked: { tenant?: HttpTenant; body?: unknown } = {},
): Promise<Answered> =>
  world.call(method, path, {
    key: (asked.tenant ?? owner).key,
    body: asked.body,
    headers: { prefer: 'wait=25' },
  });

async function create(name: string, path: string, body: unknown): Promise<string> {
  const created = await ask('POST', path, { body });
  assert.ok([200, 201].includes(created.status), JSON.stringify(created.body));
  const id = created.text('/id');
  things.set(name, id);
  const command = created.headers.get('command-id');
  if (command !== null) things.set('commands', command);
  return id;
}

before(async () => {
  world = await httpWorld();
  owner = await world.tenant('Owner');
  stranger = await world.tenant('Stranger');
  const clock = await create('test-clocks', '/test-clocks', EXAMPLES.createTestClock);
  await create('webhook-endpoints', '/webhook-endpoints', { url: 'http://127.0.0.1:60999/' });
  await create('api-keys', '/api-keys', EXAMPLES.createApiKey);
  await create('meters', '/meters', EXAMPLES.createMeter);
  await create('price-units', '/price-units', EXAMPLES.createPriceUnit);
  await create('plans', '/plans', EXAMPLES.createPlan);
  await create('customers', '/customers', {
    externalId: 'acme',
    name: 'Acme Ltd',
    testClock: clock,
    paymentMethod: { gateway: 'fake', token: 'tok_ok' },
  });
  await create('subscriptions', '/subscriptions', EXAMPLES.createSubscription);
  await create('usage/requests', '/usage/events', EXAMPLES.ingestUsageEvents);
  await create('usage/reprocessings', '/usage/reprocessings', EXAMPLES.reprocessUsage);
  await ask('POST', `/test-clocks/${clock}/advance`, { body: EXAMPLES.advanceTestClock });
  const lists = {
    invoices: '/invoices',
    payments: '/payments',
    events: '/events',
    deliveries: '/webhook-deliveries',
  };
  for (const [name, path] of Object.entries(lists)) {
    const list = await ask('GET', path);
    things.set(name, list.text('/data/0/id'));
  }
  things.set('webhook-deliveries', things.get('deliveries') ?? '');
  things.set('lines', (await ask('GET', `/invoices/${things.get('invoices')}`)).text('/lines/0/id'));
});
after(() => world.close());

/** They name a meter or a customer. */
const ASKED = [
  'getUsageSummary',
  'listUsageSummaries',
  'queryUsage',
  'analyseUsage',
  'getUsageEventCost',
  'getUsageLag',
];

describe('a stranger', () => {
  const withId = operations.filter(({ path }) => path.includes('{id}'));

  test('there is a thing for every path', async () => {
    for (const { path } of withId) {
      const found = things.get(path.slice(1, path.indexOf('/{id}')));
      assert.match(found ?? '', /^[a-z]+_\w+$/, path);
    }
    // The owner finds each of them: what follows is not about things that do not exist.
    for (const { path } of withId.filter(({ method }) => method === 'get')) {
      assert.equal((await ask('GET', pathOf(path))).status, 200, path);
    }
  });

  for (const { id, method, path } of withId) {
    test(`${id} finds nothing`, async () => {
      const body = method === 'get' ? undefined : (EXAMPLES[id] ?? undefined);
      const answer = await ask(method.toUpperCase(), pathOf(path), { tenant: stranger, body });
      assert.equal(answer.status, 404, JSON.stringify(answer.body));
      assert.ok(!JSON.stringify(answer.body).includes('Acme'));
    });
  }

  for (const { id, path } of operations.filter(
    ({ method, path }) => method === 'get' && !path.includes('{id}'),
  )) {
    // What asks for a meter or a customer is below.
    if (id === 'getTenant' || ASKED.includes(id)) continue;
    test(`${id} shows only its own`, async () => {
      const list = await ask('GET', path, { tenant: stranger });
      // Keys are the one thing it has itself.
      if (id === 'listApiKeys') assert.ok(!JSON.stringify(list.body).includes(things.get('api-keys') ?? ''));
      else assert.deepEqual(list.list('/data'), []);
    });
  }

  test('filters by a foreign id find nothing', async () => {
    const customer = things.get('customers');
    for (const path of ['/invoices', '/payments', '/subscriptions']) {
      assert.equal(
        (await ask('GET', `${path}?customer=${customer}`, { tenant: stranger })).status,
        404,
        path,
      );
    }
    const filters = [
      `/events?object=${things.get('invoices')}`,
      `/webhook-deliveries?endpoint=${things.get('webhook-endpoints')}`,
      `/webhook-deliveries?message=${things.get('events')}`,
    ];
    for (const path of filters) {
      assert.deepEqual((await ask('GET', path, { tenant: stranger })).list('/data'), [], path);
    }
    const span = 'start=2023-11-01T00:00:00Z&end=2023-12-01T00:00:00Z';
    const summary = `/usage/summary?meter=${things.get('meters')}&customer=${customer}&${span}`;
    assert.equal((await ask('GET', summary)).status, 200);
    assert.equal((await ask('GET', summary, { tenant: stranger })).status, 404);
    const query = `/usage/query?meter=${things.get('meters')}&from=2023-11-01T00:00:00Z&to=2023-12-01T00:00:00Z`;
    assert.equal((await ask('GET', query)).status, 200);
    assert.equal((await ask('GET', query, { tenant: stranger })).status, 404);
    const times = 'from=2023-11-01T00:00:00Z&to=2023-12-01T00:00:00Z';
    for (const path of [
      `/usage/summaries?customer=${customer}&${span}`,
      `/usage/analysis?customer=${customer}&${times}`,
      `/usage/events/cost?customer=${customer}&id=req-42`,
      `/usage/lag?meter=${things.get('meters')}&${times}`,
    ]) {
      assert.equal((await ask('GET', path)).status, 200, path);
      assert.equal((await ask('GET', path, { tenant: stranger })).status, 404, path);
    }
  });

  test('bodies that name foreign things are refused like those that name nothing', async () => {
    const [customer, clock] = [things.get('customers'), things.get('test-clocks')];
    const post = (path: string, body: unknown) => ask('POST', path, { tenant: stranger, body });
    const code = (answer: Answered) => [answer.status, answer.at('/code')];
    assert.deepEqual(code(await post('/subscriptions', { customer, plan: 'pro' })), [404, 'not_found']);
    const onClock = await post('/customers', { externalId: 'x', name: 'X', testClock: clock });
    assert.deepEqual(code(onClock), [404, 'test_clock_not_found']);
    assert.deepEqual(code(await post('/plans', EXAMPLES.createPlan)), [404, 'meter_not_found']);

    await post('/customers', { externalId: 'own', name: 'Own' });
    const foreignPlan = await post('/subscriptions', { customer: 'ext:own', plan: 'pro' });
    assert.deepEqual(code(foreignPlan), [404, 'plan_not_found']);
    await post('/meters', EXAMPLES.createMeter);
    const event = { id: '1', type: 'llm.request', customer, properties: { input_tokens: 1 } };
    const reported = await post('/usage/events', event);
    assert.deepEqual([reported.status, reported.at('/errors/0/code')], [400, 'unknown_customer']);
  });

  test('a key of one tenant used twice does not meet the other', async () => {
    const headers = { 'idempotency-key': 'same' };
    const body = { externalId: 'twin', name: 'Twin' };
    const [one, two] = await Promise.all(
      [owner, stranger].map(({ key }) => world.call('POST', '/customers', { key, body, headers })),
    );
    assert.deepEqual([one?.status, two?.status], [201, 201]);
    assert.notEqual(one?.at('/id'), two?.at('/id'));
  });
});

function pathOf(path: string): string {
  return path
    .replace('{id}', things.get(path.slice(1, path.indexOf('/{id}'))) ?? 'missing')
    .replace('{lineId}', things.get('lines') ?? 'missing');
}
