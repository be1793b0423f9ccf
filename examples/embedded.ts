// Billing inside a program: from nothing to a first collected invoice, in one process with its own database.
// Run it with `node examples/embedded.ts`; the tests run it too.
import type { Billing } from '../index.ts';
import { createBilling } from '../index.ts';

const MONTH_START = '2025-01-01T00:00:00Z';
const NEXT_MONTH = '2025-02-01T02:00:00Z';

/** What the story comes to. */
export type FirstInvoices = {
  readonly number: string | null;
  readonly status: string;
  readonly total: string;
}[];

/** `settings` as in docs/configuration.md; none: an embedded Postgres below `.accrue/`. */
export async function embedded(settings: Readonly<Record<string, string>> = {}): Promise<FirstInvoices> {
  const billing = await createBilling({ settings: { LOG_LEVEL: 'warn', ...settings }, migrate: true });
  try {
    return await firstMonth(billing);
  } finally {
    await billing.close();
  }
}

async function firstMonth(billing: Billing): Promise<FirstInvoices> {
  const created = await billing.tenants.create({ name: 'Example GmbH', sandbox: true, currency: 'EUR' });
  if (!created.ok) throw new Error(created.message);
  const tenant = created.data.id;

  // A sandbox has clocks that can be moved: this customer lives in January 2025.
  const clock = idOf(await billing.testClocks.create(tenant, { name: 'January', now: MONTH_START }));
  const customerId = await subscribe(billing, tenant, clock);

  const events = Array.from({ length: 120 }, (_, at) => ({
    id: `call-${at}`,
    type: 'api.call',
    customer: 'customer-42',
    time: `2025-01-${String((at % 28) + 1).padStart(2, '0')}T12:00:00Z`,
  }));
  // Only what has happened in the customer's time can be reported, so the month passes first.
  await advance(billing, tenant, { clockId: clock, to: '2025-01-31T12:00:00Z' });
  for (const part of [events, events.slice(0, 50)]) {
    const usage = await billing.usage.ingest(tenant, part);
    if (!usage.ok) throw new Error(JSON.stringify(usage));
  }

  // Everything that falls due on the way is done before this answers.
  await advance(billing, tenant, { clockId: clock, to: NEXT_MONTH });
  const { items } = await billing.reads.invoices.list(tenant, { customerId });
  return items.map(({ number, status, total }) => ({ number, status, total }));
}

async function subscribe(billing: Billing, tenant: string, testClock: string): Promise<string> {
  idOf(
    await billing.meters.create(tenant, {
      key: 'calls',
      name: 'API calls',
      eventType: 'api.call',
      aggregation: 'count',
    }),
  );
  idOf(
    await billing.plans.create(tenant, {
      key: 'team',
      name: 'Team',
      currency: 'EUR',
      interval: 'month',
      prices: [
        { key: 'fee', name: 'Base fee', cadence: 'in_advance', model: { type: 'flat', amount: '20' } },
        {
          key: 'calls',
          name: 'API calls',
          cadence: 'in_arrears',
          meter: 'calls',
          model: { type: 'per_unit', unitAmount: '0.05' },
        },
      ],
    }),
  );
  const customerId = idOf(
    await billing.customers.create(tenant, {
      externalId: 'customer-42',
      name: 'First Customer',
      email: 'pay@customer.example',
      testClock,
      paymentMethod: { gateway: 'fake', token: 'tok_ok_42', brand: 'visa', last4: '4242' },
    }),
  );
  idOf(await billing.subscriptions.create(tenant, { customerId, plan: 'team' }));
  return customerId;
}

async function advance(billing: Billing, tenant: string, to: { clockId: string; to: string }): Promise<void> {
  idOf(await billing.testClocks.advance(tenant, to, { waitMs: 60_000 }));
}

/** The id of what an answer says exists now. A refusal is a value with a code; here it ends the story. */
function idOf(answer: Awaited<ReturnType<Billing['meters']['create']>>): string {
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return (answer.data as { id: string }).id;
}

if (import.meta.main) console.table(await embedded());
