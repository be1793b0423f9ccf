// Owns what clients do while everything is killed: buyers who sign up, use and pay in real time, and sandboxes whose months
// pass on test clocks. Careful clients: they ask again with the same key until they are answered.
import { setTimeout as wait } from 'node:timers/promises';
import type { Dice } from '#test/simulation/dice.ts';
import { type Api, createApi, type Json } from '../../examples/demo/api.ts';
import { type Accepted, type AcceptedCustomer, eventKey } from './accepted.ts';
import type { Flow } from './flow.ts';

const FEE_CENTS = 999;
const EVENT_TYPE = 'llm.request';
const BATCH_MAX = 12;
const PAUSE_MS_MAX = 300;
/** Nobody may stay unanswered this long, whatever happens. */
const PATIENCE_MS = 240_000;
/** A web that stands still is left for another after this, as a router would. */
const CLIENT = { patienceMs: PATIENCE_MS, waitSeconds: 2, callMs: 4_000 };
/** One meaning of a sandbox card for each way a charge can go; all of them end up paid. */
const CARDS = ['tok_ok', 'tok_ok', 'tok_unknown_once', 'tok_unknown_before'];
/** Every month ends after its cutoff, so that what comes then is late. */
const MONTH = {
  start: '2023-11-01T00:00:00Z',
  middle: '2023-11-17T00:00:00Z',
  ends: ['2023-12-01T02:00:00Z', '2024-01-01T02:00:00Z'],
} as const;

export type LoadDeps = {
  readonly origins: readonly string[];
  readonly operatorKey: string;
  readonly hooks: readonly string[];
  readonly trust: (secret: string, endpoint: number) => void;
  readonly accepted: Accepted;
  readonly flow: Flow;
  readonly dice: Dice;
  readonly buyers: number;
  readonly sandboxes: number;
  readonly signal: AbortSignal;
};

export type Load = {
  /** Rejects when a client was refused, or not answered in its patience. */
  readonly broken: Promise<never>;
  /** Everybody ends what it has begun. */
  end(): Promise<void>;
};

type Seller = { readonly api: Api; readonly name: string };
type Teller = LoadDeps & { readonly seller: Seller; readonly isOver: () => boolean; readonly dice: Dice };

/** Sets the seller up, before any trouble, and lets its buyers loose. */
export async function startLoad(deps: LoadDeps): Promise<Load> {
  const seller = await openSeller(deps);
  let over = false;
  const tell = (name: string, story: (teller: Teller, name: string) => Promise<void>): Promise<void> =>
    story({ ...deps, seller, isOver: () => over, dice: deps.dice.stream(name) }, name);
  const stories = [
    ...Array.from({ length: deps.buyers }, (_, at) => tell(`buyer${at + 1}`, tellBuyers)),
    ...Array.from({ length: deps.sandboxes }, (_, at) => tell(`sandbox${at + 1}`, tellMonths)),
  ];
  const all = Promise.all(stories);
  const broken = all.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  return {
    broken,
    end: async () => {
      over = true;
      await all;
    },
  };
}

async function openSeller({ origins, operatorKey, hooks, trust, signal }: LoadDeps): Promise<Seller> {
  const operator = createApi({ origins, key: operatorKey, ...CLIENT, signal });
  const tenant = await operator.post<{ apiKey: { key: string } }>('/tenants', {
    name: 'Chaos & Daughters',
    sandbox: true,
    currency: 'USD',
    zone: 'UTC',
    collectionIntervalSeconds: 3600,
  });
  const api = createApi({ origins, key: tenant.apiKey.key, ...CLIENT, signal });
  for (const [at, url] of hooks.entries()) {
    const endpoint = await api.post<{ secret: string }>('/webhook-endpoints', { url });
    trust(endpoint.secret, at);
  }
  await api.post('/meters', {
    key: 'tokens',
    name: 'Tokens',
    eventType: EVENT_TYPE,
    aggregation: 'sum',
    valueProperty: 'tokens',
  });
  const fee = { type: 'flat', amount: (FEE_CENTS / 100).toFixed(2) };
  const perToken = { type: 'per_unit', unitAmount: '0.01' };
  await api.post('/plans', {
    key: 'pro',
    name: 'Pro',
    currency: 'USD',
    interval: 'month',
    prices: [
      { key: 'fee', name: 'Fee', cadence: 'in_advance', model: fee },
      { key: 'tokens', name: 'Tokens', cadence: 'in_arrears', meter: 'tokens', model: perToken },
    ],
  });
  return { api, name: 'seller' };
}

/** One buyer after another: signs up, pays its first fee, uses some. */
async function tellBuyers(teller: Teller, name: string): Promise<void> {
  for (let number = 1; !teller.isOver(); number += 1) {
    const customer = await signUp(teller, `${name}-${number}`, {});
    for (let batches = teller.dice.int(1, 3); batches > 0; batches -= 1) await use(teller, customer);
  }
}

/** Customers on a clock of their own: a month of usage, its invoice, late usage, and the invoice with the late line. */
async function tellMonths(teller: Teller, name: string): Promise<void> {
  const { seller, dice, flow } = teller;
  for (let number = 1; !teller.isOver(); number += 1) {
    const clock = await seller.api.post<{ id: string }>('/test-clocks', { name, now: MONTH.start });
    const move = async (to: string): Promise<void> => {
      await seller.api.post(`/test-clocks/${clock.id}/advance`, { to });
      flow.done('command');
    };
    const customers: AcceptedCustomer[] = [];
    for (let one = 1; one <= 2; one += 1)
      customers.push(await signUp(teller, `${name}-${number}-${one}`, { testClock: clock.id }));
    await move(MONTH.middle);
    for (const invoiced of MONTH.ends) {
      for (const customer of customers) {
        const cents = await use(teller, customer, `2023-11-${dice.int(10, 16)}T${dice.int(10, 23)}:17:00Z`);
        customer.cents += cents + FEE_CENTS;
        customer.invoices += 1;
      }
      await move(invoiced);
    }
  }
}

/** A batch with some events twice, and now and then one that contradicts what was counted. Answers what it costs, in cents. */
async function use(teller: Teller, customer: AcceptedCustomer, time?: string): Promise<number> {
  const { seller, dice, flow, accepted } = teller;
  await wait(dice.int(1, PAUSE_MS_MAX));
  // Drawn ids could meet, and a contradiction that nobody meant would look like a bug.
  const batch = accepted.events.size;
  const fresh = Array.from({ length: dice.int(1, BATCH_MAX) }, (_, at) => ({
    id: `${customer.externalId}-${batch}-${at}`,
    type: EVENT_TYPE,
    customer: customer.externalId,
    ...(time !== undefined && { time }),
    properties: { tokens: dice.int(1, 500) },
  }));
  const events = dice.shuffle([...fresh, ...fresh.filter(() => dice.chance(0.2))]);
  const whole = await seller.api.post<Counted>('/usage/events', { events });
  const { counts } = whole;
  flow.done('usage');
  if (counts.created + counts.duplicate !== events.length)
    throw new Error(`${JSON.stringify(events)} came to ${JSON.stringify(whole)}`);
  let tokens = 0;
  for (const { id, properties } of fresh) {
    accepted.events.set(eventKey(customer.id, id), properties.tokens);
    tokens += properties.tokens;
  }
  const [first] = fresh;
  if (first !== undefined && dice.chance(0.1)) {
    const answer = await seller.api.post<Counted>('/usage/events', {
      events: [{ ...first, properties: { tokens: 777 } }],
    });
    if (answer.counts.conflict !== 1)
      throw new Error(`a contradiction came to ${JSON.stringify(answer.counts)}`);
  }
  return tokens;
}

async function signUp(teller: Teller, externalId: string, more: Json): Promise<AcceptedCustomer> {
  const { seller, dice, flow, accepted } = teller;
  const token = `${dice.pick(CARDS)}_${externalId}`;
  const made = await seller.api.post<{ id: string }>('/customers', {
    externalId,
    name: externalId,
    email: `${externalId}@buyer.example`,
    paymentMethod: { gateway: 'fake', token },
    ...more,
  });
  flow.done('command');
  const subscription = await seller.api.post<{ id: string }>('/subscriptions', {
    customer: `ext:${externalId}`,
    plan: 'pro',
  });
  flow.done('command');
  const customer = {
    id: made.id,
    externalId,
    token,
    subscription: subscription.id,
    invoices: 1,
    cents: FEE_CENTS,
  };
  accepted.customers.push(customer);
  return customer;
}

type Counted = {
  readonly counts: { readonly created: number; readonly duplicate: number; readonly conflict: number };
};
