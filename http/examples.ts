// Owns the example bodies of the API document: one small company from its first meter to its test clock.
// test/http/openapi.test.ts reads each with the operation's own schema.
import type { OperationId } from './access.ts';

export const EXAMPLES: Readonly<Partial<Record<OperationId, unknown>>> = {
  createTenant: { name: 'Acme Cloud', sandbox: true, currency: 'USD', zone: 'UTC' },
  createApiKey: { name: 'usage collector', role: 'service' },
  createMeter: {
    key: 'input_tokens',
    name: 'Input tokens',
    eventType: 'llm.request',
    aggregation: 'sum',
    valueProperty: 'input_tokens',
  },
  createPriceUnit: { key: 'credits', name: 'Credits', rates: [{ currency: 'USD', rate: '0.01' }] },
  setPriceUnitRate: { currency: 'USD', rate: '0.012', effectiveAt: '2024-01-01T00:00:00Z' },
  createPlan: {
    key: 'pro',
    name: 'Pro',
    currency: 'USD',
    interval: 'month',
    prices: [
      { key: 'base', name: 'Monthly fee', cadence: 'in_advance', model: { type: 'flat', amount: '49.00' } },
      {
        key: 'input',
        name: 'Input tokens',
        cadence: 'in_arrears',
        meter: 'input_tokens',
        model: {
          type: 'graduated',
          tiers: [
            { upTo: '100000', unitAmount: '0' },
            { upTo: null, unitAmount: '0.000015' },
          ],
        },
      },
    ],
  },
  createCustomer: {
    externalId: 'acme',
    name: 'Acme Ltd',
    email: 'billing@acme.example',
    paymentMethod: { gateway: 'fake', token: 'tok_ok', brand: 'visa', last4: '4242' },
  },
  attachPaymentMethod: { gateway: 'fake', token: 'tok_ok_too', isDefault: true },
  previewPrices: {
    currency: 'USD',
    price: { model: { type: 'per_unit', unitAmount: '0.000015' }, freeUnits: { quantity: '100000' } },
    quantity: '1500000',
  },
  publishPlanVersion: {
    effectiveAt: '2024-01-01T00:00:00Z',
    prices: [
      { key: 'base', name: 'Monthly fee', cadence: 'in_advance', model: { type: 'flat', amount: '59.00' } },
      {
        key: 'input',
        name: 'Input tokens',
        cadence: 'in_arrears',
        meter: 'input_tokens',
        model: { type: 'per_unit', unitAmount: '0.000014' },
        freeUnits: { quantity: '100000', reset: 'period' },
      },
    ],
  },
  createSubscription: { customer: 'ext:acme', plan: 'pro' },
  moveSubscription: { followsPlan: true },
  cancelSubscription: { atPeriodEnd: true },
  ingestUsageEvents: {
    events: [
      { id: 'req-42', type: 'llm.request', customer: 'acme', properties: { input_tokens: 4808 } },
      { id: 'req-43', type: 'llm.request', customer: 'acme', properties: { input_tokens: '180' } },
    ],
  },
  updateMeter: { filters: [{ property: 'model', in: ['small', 'large'] }] },
  reprocessUsage: { meter: 'input_tokens', from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' },
  amendUsageEvent: {
    customer: 'acme',
    id: 'req-42',
    properties: { input_tokens: 480 },
    reason: 'a zero too many',
  },
  retractUsageEvent: { customer: 'acme', id: 'req-43', reason: 'reported twice under two ids' },
  recountUsage: {
    meter: 'input_tokens',
    from: '2023-11-01T00:00:00Z',
    to: '2023-12-01T00:00:00Z',
    repair: true,
  },
  payInvoice: {},
  createWebhookEndpoint: { url: 'https://acme.example/hooks/billing', eventTypes: ['billing.invoice.paid'] },
  updateWebhookEndpoint: { status: 'disabled' },
  createTestClock: { name: 'a year in a minute', now: '2023-11-01T00:00:00Z' },
  advanceTestClock: { to: '2023-12-01T02:00:00Z' },
};
