// A newcomer pastes the examples of the API reference one after another: they fit together and end in paid invoices.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EXAMPLES } from '#http/examples.ts';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

let world: HttpWorld;
let seller: HttpTenant;
before(async () => {
  world = await httpWorld();
  seller = await world.tenant('Acme Cloud');
});
after(() => world.close());

const get = (path: string) => world.call('GET', path, { key: seller.key });

async function post(path: string, body: unknown) {
  const answer = await world.call('POST', path, { key: seller.key, body, headers: { prefer: 'wait=25' } });
  assert.ok([200, 201].includes(answer.status), `${path}: ${JSON.stringify(answer.body)}`);
  return answer;
}

test('the examples lead to paid invoices, and events name the prices of their lines', async () => {
  const clock = await post('/test-clocks', EXAMPLES.createTestClock);
  await post('/meters', EXAMPLES.createMeter);
  await post('/plans', EXAMPLES.createPlan);
  await post('/customers', { ...(EXAMPLES.createCustomer as object), testClock: clock.at('/id') });
  await post('/customers/ext:acme/payment-methods', EXAMPLES.attachPaymentMethod);
  await post('/subscriptions', EXAMPLES.createSubscription);
  await post('/usage/events', EXAMPLES.ingestUsageEvents);
  await post(`/test-clocks/${clock.text('/id')}/advance`, EXAMPLES.advanceTestClock);

  const invoices = await get('/invoices?customer=ext:acme');
  assert.deepEqual(
    invoices.list('/data').map((invoice) => lookUp(invoice, '/status')),
    ['paid', 'paid'],
    JSON.stringify(invoices.body),
  );
  const events = await get('/events?type=billing.invoice.created');
  assert.deepEqual(
    events.list('/data').map((event) => lookUp(event, '/data/lines/0/priceKey')),
    ['base', 'base'],
  );
});
