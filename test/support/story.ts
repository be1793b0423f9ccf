// Owns the words life stories are told in: a seller with one meter and one plan on a test clock, customers who subscribe and
// use, time that passes, and invoices as short texts.
import assert from 'node:assert/strict';
import type { InvoiceDetailView } from '#db/views/invoice-detail.ts';
import type { Billing } from '../../index.ts';

export const TOKENS_METER = {
  key: 'tokens',
  name: 'Tokens',
  eventType: 'request',
  aggregation: 'sum',
  valueProperty: 'tokens',
} as const;

type Prices = Parameters<Billing['plans']['create']>[1]['prices'];
type NewMeter = Parameters<Billing['meters']['create']>[1];

export const PLAN_PRICES: Prices = [
  { key: 'fee', name: 'Monthly fee', cadence: 'in_advance', model: { type: 'flat', amount: '10' } },
  {
    key: 'tokens',
    name: 'Tokens',
    cadence: 'in_arrears',
    meter: 'tokens',
    model: {
      type: 'graduated',
      tiers: [
        { upTo: '100', unitAmount: '0.10' },
        { upTo: null, unitAmount: '0.05' },
      ],
    },
  },
];

export type StoryStart = {
  readonly at: string;
  readonly zone?: string;
  /** Of plan `pro`; default {@link PLAN_PRICES}. */
  readonly prices?: Prices;
  /** Beside {@link TOKENS_METER}. */
  readonly meters?: readonly NewMeter[];
};

export type Subscriber = {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly name: string;
};

/** Usage as a story tells it. */
type Sent = {
  readonly type: string;
  readonly at: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

export type Story = {
  readonly tenant: string;
  readonly clockId: string;
  readonly billing: () => Billing;
  /** A customer with a card of the fake gateway and a subscription from the clock's now. */
  subscribe(name: string, card?: string): Promise<Subscriber>;
  /** Reports usage and says what became of it. */
  use(who: Subscriber, at: string, tokens: number): Promise<string>;
  /** As `use`, for events of another type. */
  send(who: Subscriber, event: Sent): Promise<string>;
  /** Moves the clock and waits until it is stable. */
  moveTo(at: string): Promise<void>;
  /** Oldest boundary first. */
  invoices(who: Subscriber): Promise<InvoiceDetailView[]>;
  /** Each invoice as `2023-12-01 paid 22.50: fee 10.00, tokens 150 12.50`. */
  billed(who: Subscriber): Promise<string[]>;
  /** Types of its billing events in their sequence, without `billing.`; fails on a gap. */
  events(who: Subscriber): Promise<string[]>;
  status(who: Subscriber): Promise<string | undefined>;
  /** Minor units by account; fails unless they sum to zero and receivable is what invoices still expect. */
  ledger(): Promise<Record<string, bigint>>;
};

/** Sets the seller up. */
export async function startStory(billing: () => Billing, start: StoryStart): Promise<Story> {
  const { at, zone = 'UTC', prices = PLAN_PRICES, meters = [] } = start;
  const created = await billing().tenants.create({ name: 'Seller', sandbox: true, zone });
  assert.ok(created.ok);
  const tenant = created.data.id;
  const clock = await done(billing().testClocks.create(tenant, { name: 'story', now: at }));
  for (const meter of [TOKENS_METER, ...meters]) await done(billing().meters.create(tenant, meter));
  await done(
    billing().plans.create(tenant, {
      key: 'pro',
      name: 'Pro',
      currency: 'USD',
      interval: 'month',
      prices,
    }),
  );
  return createStory(billing, tenant, clock.id);
}

/** The same words for a seller that exists. */
function createStory(billing: () => Billing, tenant: string, clockId: string): Story {
  let used = 0;

  const invoices = async (who: Subscriber): Promise<InvoiceDetailView[]> => {
    const { items } = await billing().reads.invoices.list(tenant, { customerId: who.customerId });
    const found = await Promise.all(items.map(({ id }) => billing().reads.invoices.find(tenant, id)));
    return found
      .filter((invoice) => invoice !== undefined)
      .sort((a, b) => (a.boundaryAt + a.id < b.boundaryAt + b.id ? -1 : 1));
  };

  const send: Story['send'] = async (who, { type, at, properties }) => {
    used += 1;
    const event = { id: `use-${used}`, type, customer: who.name, time: at, properties };
    const answer = await billing().usage.ingest(tenant, [event]);
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.result?.results[0] ?? 'pending';
  };

  return {
    tenant,
    clockId,
    billing,
    invoices,
    subscribe: async (name, card = 'tok_ok') => {
      const customer = await done(
        billing().customers.create(tenant, {
          externalId: name,
          name,
          testClock: clockId,
          // The gateway remembers tokens, also those of other stories.
          paymentMethod: { gateway: 'fake', token: `${card}_${tenant}_${name}` },
        }),
      );
      const asked = { customerId: customer.id, plan: 'pro' };
      const subscription = await done(billing().subscriptions.create(tenant, asked));
      return { customerId: customer.id, subscriptionId: subscription.id, name };
    },
    use: (who, at, tokens) => send(who, { type: 'request', at, properties: { tokens } }),
    send,
    moveTo: async (to) => {
      await done(billing().testClocks.advance(tenant, { clockId, to }, { waitMs: 60_000 }));
    },
    billed: async (who) => (await invoices(who)).map(invoiceText),
    events: async (who) => {
      const { items } = await billing().reads.billingEvents.ofCustomer(tenant, {
        customerId: who.customerId,
      });
      const sequence = items.map((event) => Number(event.sequence));
      assert.deepEqual(
        sequence,
        items.map((_, index) => index + 1),
        'a gap in the sequence',
      );
      return items.map(({ type }) => type.replace('billing.', ''));
    },
    status: async (who) => (await billing().reads.subscriptions.find(tenant, who.subscriptionId))?.status,
    ledger: () => checkedLedger(billing(), tenant),
  };
}

/** What a command that must succeed answered. */
export async function done(
  answer: Promise<{ ok: true; data: unknown } | { ok: false; code: string; message: string }>,
): Promise<{ id: string }> {
  const settled = await answer;
  assert.ok(settled.ok, JSON.stringify(settled));
  return settled.data as { id: string };
}

function invoiceText(invoice: InvoiceDetailView): string {
  const lines = invoice.lines.map(({ kind, priceKey, quantity, amount }) => {
    const what =
      kind === 'fee' ? `${priceKey}` : `${kind === 'late_usage' ? 'late ' : ''}${priceKey} ${quantity}`;
    return `${what} ${major(amount)}`;
  });
  return `${invoice.boundaryAt.slice(0, 10)} ${invoice.status} ${major(invoice.total)}: ${lines.join(', ')}`;
}

/** "1250" → 12.50. */
function major(minor: string): string {
  const sign = minor.startsWith('-') ? '-' : '';
  const digits = minor.replace('-', '').padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

async function checkedLedger(billing: Billing, tenant: string): Promise<Record<string, bigint>> {
  const accounts = await billing.reads.accountBalances(tenant);
  const balances = Object.fromEntries(accounts.map(({ account, balance }) => [account, BigInt(balance)]));
  const total = Object.values(balances).reduce((sum, balance) => sum + balance, 0n);
  assert.equal(total, 0n, 'the ledger does not sum to zero');
  const { items } = await billing.reads.invoices.list(tenant, { status: 'open' });
  const open = items.reduce((sum, { amountRemaining }) => sum + BigInt(amountRemaining), 0n);
  assert.equal(balances['receivable'] ?? 0n, open, 'receivable is not what invoices still expect');
  return balances;
}
