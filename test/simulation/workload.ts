// Owns what clients do in a seed: sellers with plans, customers who subscribe, use, pay and leave, clocks that are moved.
// Every story waits for its answers and writes down what it knows; stories run beside each other.
import type { Accepted, PlanPrice } from './accepted.ts';
import { type Client, createClient } from './client.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** With the oldest events this stays below the days for which lateness is billed, also when they are sent again. */
const JUMP_MS_MAX = 20 * DAY_MS;
const METERS = [
  { key: 'tokens', name: 'Tokens', eventType: 'request', aggregation: 'sum', valueProperty: 'amount' },
  { key: 'calls', name: 'Calls', eventType: 'request', aggregation: 'count' },
  { key: 'peak', name: 'Peak', eventType: 'gauge', aggregation: 'max', valueProperty: 'amount' },
] as const;
const TOKENS = ['tok_ok', 'tok_ok', 'tok_ok', 'tok_bad', 'tok_second'];

type Teller = { readonly world: World; readonly accepted: Accepted };
type Seller = Teller & { readonly client: Client; readonly tenant: string; readonly live: boolean };
type Customer = Accepted['customers'][number];
type Sent = { id: string; type: string; customer: string; time: string; properties: { amount: number } };
type Place = { readonly clock: Accepted['clocks'][number] | undefined };

/** All stories of a seed; resolves when the last one has its last answer. */
export async function tellStories(world: World, accepted: Accepted): Promise<void> {
  const dice = world.dice.stream('stories');
  const sellers = Array.from({ length: dice.int(1, 2) }, (_, at) => tellSeller({ world, accepted }, at + 1));
  await Promise.all(sellers);
}

async function tellSeller(teller: Teller, number: number): Promise<void> {
  const client = createClient(teller.world, `seller${number}`);
  const live = number === 1 && client.dice.chance(0.3);
  const { id: tenant = '' } = await client.must('tenant', (api) =>
    api.tenants.create({ name: `Seller ${number}`, sandbox: !live }),
  );
  teller.accepted.tenants.push({ id: tenant, live });
  const seller = { ...teller, client, tenant, live };
  await setUp(seller);
  const clocks = live ? 0 : client.dice.int(1, 2);
  const places = Array.from({ length: clocks }, (_, at) => tellClock(seller, `${number}.${at + 1}`));
  await Promise.all([
    ...places,
    ...(number === 1 && (live || client.dice.chance(0.4)) ? [tellRealTime(seller, `${number}`)] : []),
  ]);
}

async function setUp({ client, tenant, accepted }: Seller): Promise<void> {
  for (const meter of METERS)
    await client.must('meter', (api, options) => api.meters.create(tenant, meter, options));
  for (const key of ['small', 'large']) await setUpPlan({ client, tenant, accepted }, key);
  if (client.dice.chance(0.3)) return;
  const endpoint = { url: 'https://seller.example/hooks' };
  const made = await client.must('endpoint', (api, options) =>
    api.webhookEndpoints.create(tenant, endpoint, options),
  );
  const id = made['id'] ?? '';
  let { secret } = made;
  // A secret is told for a while only. Who asks too late, because an answer was lost and the world jumped, asks for another.
  while (secret === undefined)
    ({ secret } = await client.must('secret', (api, options) =>
      api.webhookEndpoints.rotateSecret(tenant, { endpointId: id }, options),
    ));
  accepted.endpoints.push({ id, tenant, secret });
}

async function setUpPlan(
  { client, tenant, accepted }: Pick<Seller, 'client' | 'tenant' | 'accepted'>,
  key: string,
): Promise<void> {
  const { dice } = client;
  const cents = (from: number, to: number): string => (dice.int(from, to) / 100).toFixed(2);
  const prices: PlanPrice[] = [
    { key: 'fee', kind: 'fee', amount: cents(0, 9_900) },
    {
      key: 'tokens',
      kind: 'usage',
      quantity: 'sum',
      eventType: 'request',
      tariff: {
        type: 'graduated',
        tiers: [
          { upTo: String(dice.int(5, 50)), unitAmount: cents(1, 200) },
          { upTo: null, unitAmount: cents(0, 100) },
        ],
      },
    },
    {
      key: 'calls',
      kind: 'usage',
      quantity: 'count',
      eventType: 'request',
      tariff: { type: 'package', amount: cents(1, 500), size: String(dice.int(1, 7)) },
    },
    {
      key: 'peak',
      kind: 'usage',
      quantity: 'max',
      eventType: 'gauge',
      tariff: { type: 'per_unit', unitAmount: `0.${dice.int(1, 999)}` },
    },
  ];
  const chosen = prices.filter(({ kind }) => kind === 'fee' || dice.chance(0.7));
  const plan = { key, name: key, currency: 'USD', interval: 'month' as const, prices: chosen.map(asked) };
  const made = await client.must('plan', (api, options) => api.plans.create(tenant, plan, options));
  accepted.plans.push({ id: made['id'] ?? '', tenant, key, prices: chosen });
}

function asked(price: PlanPrice) {
  const { key } = price;
  if (price.kind === 'fee')
    return { key, name: key, cadence: 'in_advance' as const, model: { type: 'flat', amount: price.amount } };
  const model = price.tariff.type === 'package' ? { ...price.tariff, rounding: 'up' } : price.tariff;
  return { key, name: key, cadence: 'in_arrears' as const, meter: key, model };
}

/** Months on a test clock: use, change, move on, and again. */
async function tellClock(seller: Seller, name: string): Promise<void> {
  const { world, accepted, tenant } = seller;
  const client = createClient(world, `clock${name}`);
  const { dice } = client;
  const start = Temporal.Instant.from('2023-11-01T00:00:00Z').add({ hours: dice.int(0, 24 * 60) });
  const made = await client.must('clock', (api, options) =>
    api.testClocks.create(tenant, { name, now: start.toString() }, options),
  );
  const clock = { id: made['id'] ?? '', tenant, now: start.toString() };
  accepted.clocks.push(clock);
  const own = { ...seller, client };
  const customers = await Promise.all(
    Array.from({ length: dice.int(1, 2) }, (_, at) => welcomeCustomer(own, { clock }, `${name}.${at + 1}`)),
  );
  const moves = dice.int(2, 4);
  for (let move = 0; move < moves; move += 1) {
    await Promise.all(customers.map((customer) => liveOn(own, customer, { clock })));
    const to = Temporal.Instant.from(clock.now)
      .add({ minutes: dice.int(1, 60 * 24 * 40) })
      .toString();
    await client.must('advance', (api, options) =>
      api.testClocks.advance(tenant, { clockId: clock.id, to }, options),
    );
    clock.now = to;
  }
}

/** The same in real time; the world jumps from month to month. */
async function tellRealTime(seller: Seller, name: string): Promise<void> {
  const { world } = seller;
  const client = createClient(world, `real${name}`);
  const own = { ...seller, client };
  const place = { clock: undefined };
  const customer = await welcomeCustomer(own, place, `real${name}`);
  for (let month = client.dice.int(1, 3); month > 0; month -= 1) {
    await liveOn(own, customer, place);
    world.chronicle.note('jump', 'days');
    world.timeline.jump(client.dice.int(1, JUMP_MS_MAX));
    await client.sleep(client.dice.int(1_000, 20_000));
  }
}

async function welcomeCustomer(seller: Seller, { clock }: Place, name: string): Promise<Customer> {
  const { client, tenant, accepted, live } = seller;
  const token = `${client.dice.pick(TOKENS)}_${name}`;
  const asking = {
    externalId: name,
    name: `Customer ${name}`,
    email: `${name}@buyer.example`,
    paymentMethod: { gateway: live ? 'acme' : 'fake', token },
    ...(clock === undefined ? {} : { testClock: clock.id }),
  };
  const made = await client.must('customer', (api, options) => api.customers.create(tenant, asking, options));
  const customer = { id: made['id'] ?? '', tenant, name, clock: clock?.id, token };
  accepted.customers.push(customer);
  await subscribe(seller, customer);
  return customer;
}

async function subscribe({ client, tenant, accepted }: Seller, customer: Customer): Promise<void> {
  const plan = client.dice.pick(['small', 'large']);
  const data = await client.must('subscribe', (api, options) =>
    api.subscriptions.create(tenant, { customerId: customer.id, plan }, options),
  );
  accepted.subscriptions.push({
    id: data['id'] ?? '',
    customer: customer.id,
    plan,
    anchorAt: data['anchorAt'] ?? '',
    endsAt: undefined,
  });
}

/** Some of what a customer does at one instant of its clock, in any order. */
async function liveOn(seller: Seller, customer: Customer, place: Place): Promise<void> {
  const { client } = seller;
  const acts = [() => useSome(seller, customer, place), () => useSome(seller, customer, place)];
  if (client.dice.chance(0.12)) acts.push(() => leave(seller, customer));
  for (const act of client.dice.shuffle(acts)) {
    if (client.dice.chance(0.3)) await client.sleep(client.dice.int(1, 5_000));
    await act();
  }
}

/** A few events: in order or not, some late, some twice, some with a body that contradicts their first one. */
async function useSome(seller: Seller, customer: Customer, { clock }: Place): Promise<void> {
  const { client, world, accepted, tenant } = seller;
  const { dice } = client;
  const nowMs =
    clock === undefined ? world.timeline.nowMs() : Temporal.Instant.from(clock.now).epochMilliseconds;
  const count = dice.int(1, 4);
  const fresh = Array.from({ length: count }, (): Sent => {
    const backMs = dice.int(0, dice.pick([HOUR_MS, DAY_MS, 10 * DAY_MS]));
    return {
      id: `${customer.name}-${dice.int(1, 1_000_000)}`,
      type: dice.pick(['request', 'request', 'gauge']),
      customer: customer.name,
      time: Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs - backMs)).toString(),
      properties: { amount: dice.int(1, 20) },
    };
  });
  const again: Sent[] = fresh.filter(() => dice.chance(0.2));
  const contradicting = again
    .filter(() => dice.chance(0.3))
    .map((event) => ({ ...event, properties: { amount: 77 } }));
  const sent = dice.shuffle([...fresh, ...again, ...contradicting]);
  const answers = await client.use(tenant, sent);
  for (const [at, event] of sent.entries()) {
    if (answers[at] !== 'created' && answers[at] !== 'duplicate') continue;
    if (accepted.events.some(({ customer: who, id }) => who === customer.id && id === event.id)) continue;
    const value = String(event.properties.amount);
    accepted.events.push({ customer: customer.id, id: event.id, type: event.type, at: event.time, value });
  }
}

async function leave({ client, tenant, accepted }: Seller, customer: Customer): Promise<void> {
  const subscription = accepted.subscriptions.find(
    (one) => one.customer === customer.id && one.endsAt === undefined,
  );
  if (subscription === undefined) return;
  const atPeriodEnd = client.dice.chance(0.5);
  const asking = { customerId: customer.id, subscriptionId: subscription.id, atPeriodEnd };
  const outcome = await client.command('cancel', (api, options) =>
    api.subscriptions.cancel(tenant, asking, options),
  );
  if (outcome.ok) subscription.endsAt = (outcome.data as { cancelAt: string }).cancelAt;
}
