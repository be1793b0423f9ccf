// A seller's first month, told over HTTP only: from the tenant to the paid invoice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpTenant, type HttpWorld, httpWorld, lookUp } from '#test/support/http-world.ts';

describe('from tenant to invoice', () => {
  let world: HttpWorld;
  let seller: HttpTenant;
  before(async () => {
    world = await httpWorld();
    seller = await world.tenant('Acme Cloud');
  });
  after(() => world.close());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.call('POST', path, { key: seller.key, body, headers: { prefer: 'wait=25', ...headers } });
  const get = (path: string) => world.call('GET', path, { key: seller.key });

  test('a month passes', async () => {
    const clock = await post('/test-clocks', { name: 'month', now: '2023-11-01T00:00:00Z' });
    assert.equal(clock.status, 201, JSON.stringify(clock.body));
    assert.equal(clock.headers.get('location'), `/api/v1/billing/test-clocks/${clock.text('/id')}`);

    const meter = await post('/meters', {
      key: 'tokens',
      name: 'Tokens',
      eventType: 'llm.request',
      aggregation: 'sum',
      valueProperty: 'tokens',
    });
    assert.equal(meter.status, 201, JSON.stringify(meter.body));
    const plan = await post('/plans', {
      key: 'pro',
      name: 'Pro',
      currency: 'USD',
      interval: 'month',
      prices: [
        { key: 'fee', name: 'Fee', cadence: 'in_advance', model: { type: 'flat', amount: '49' } },
        {
          key: 'tokens',
          name: 'Tokens',
          cadence: 'in_arrears',
          meter: 'tokens',
          model: { type: 'per_unit', unitAmount: '0.015' },
        },
      ],
    });
    assert.equal(plan.status, 201, JSON.stringify(plan.body));
    const customer = await post('/customers', {
      externalId: 'acme',
      name: 'Acme Ltd',
      email: 'billing@acme.example',
      testClock: clock.at('/id'),
      paymentMethod: { gateway: 'fake', token: 'tok_ok', brand: 'visa', last4: '4242' },
    });
    assert.equal(customer.status, 201, JSON.stringify(customer.body));
    const subscription = await post('/subscriptions', { customer: 'ext:acme', plan: 'pro' });
    assert.equal(subscription.status, 201, JSON.stringify(subscription.body));
    assert.equal(subscription.at('/status'), 'active');

    const usage = await post('/usage/events', {
      events: [
        {
          id: '1',
          type: 'llm.request',
          customer: 'acme',
          time: '2023-11-01T00:00:00Z',
          properties: { tokens: 1000 },
        },
        {
          id: '1',
          type: 'llm.request',
          customer: 'acme',
          time: '2023-11-01T00:00:00Z',
          properties: { tokens: 1000 },
        },
        {
          id: '2',
          type: 'llm.request',
          customer: 'acme',
          time: '2023-11-01T06:30:00Z',
          properties: { tokens: '7' },
        },
      ],
    });
    assert.equal(usage.status, 200, JSON.stringify(usage.body));
    assert.deepEqual(usage.at('/results'), ['created', 'duplicate', 'created']);
    assert.deepEqual((await get(`/usage/requests/${usage.text('/id')}`)).body, usage.body);
    const summary = await get(
      '/usage/summary?meter=tokens&customer=ext:acme&start=2023-11-01T00:00:00Z&end=2023-11-01T06:30:00Z',
    );
    assert.equal(summary.at('/quantity'), '1000');
    assert.equal(summary.at('/eventCount'), '1');

    const advanced = await post(`/test-clocks/${clock.text('/id')}/advance`, { to: '2023-12-02T00:00:00Z' });
    assert.equal(advanced.status, 200, JSON.stringify(advanced.body));
    assert.equal(advanced.at('/status'), 'stable');

    const invoices = await get('/invoices?customer=ext:acme&status=paid');
    assert.equal(invoices.status, 200);
    const totals = invoices.list('/data').map((invoice) => lookUp(invoice, '/total'));
    assert.deepEqual(totals, ['6411', '4900'], JSON.stringify(invoices.body));
    const detail = await get(`/invoices/${invoices.text('/data/0/id')}`);
    assert.deepEqual(
      detail.list('/lines').map((line) => [lookUp(line, '/kind'), lookUp(line, '/amount')]),
      [
        ['fee', '4900'],
        ['usage', '1511'],
      ],
    );
    assert.equal(detail.at('/attempts/0/status'), 'succeeded');
    assert.equal(detail.at('/payments/0/amount'), '6411');
  });
});
