// Owns what clients do in a seed: sellers with plans, customers who subscribe, use, pay and leave, clocks that are moved.
// Every story waits for its answers and writes down what it knows; stories run beside each other.
import type { Accepted, Said } from './accepted.ts';
import { setUpPlan, setUpStock } from './catalogue.ts';
import { createClient } from './client.ts';
import {
  type Customer,
  correct,
  moveOn,
  type Place,
  readingAt,
  type Seller,
  sayMore,
  subscribe,
} from './workload-acts.ts';
import { lookAfter, setUpOwnMeter } from './workload-meters.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** With the oldest events this stays below the days for which lateness is billed, also when they are sent again. */
const JUMP_MS_MAX = 20 * DAY_MS;
const LABELS = ['a', 'b', 'c', 'd'];
const ZONES = ['UTC', 'UTC', 'UTC', 'America/New_York', 'Asia/Tokyo'];
const TOKENS = ['tok_ok', 'tok_ok', 'tok_ok', 'tok_bad', 'tok_second'];

type Teller = { readonly world: World; readonly accepted: Accepted };
type Sent = {
  id: string;
  type: string;
  customer: string;
  time: string;
  properties: { amount: number } & Said;
};

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

async function setUp({ world, client, tenant, accepted }: Seller): Promise<void> {
  const stock = await setUpStock({ client, tenant, accepted });
  for (const key of ['small', 'large']) await setUpPlan({ client, tenant, accepted }, key, stock);
  if (client.dice.chance(0.3)) return;
  const endpoint = { url: 'https://seller.example/hooks' };
  const made = await client.must('endpoint', (api, options) =>
    api.webhookEndpoints.create(tenant, endpoint, options),
  );
  const id = made['id'] ?? '';
  let { secret } = made;
  // A secret is told for a while only. Who asks too late, because an answer was lost and the world jumped, asks for another.
  let sinceMs = 0;
  while (secret === undefined) {
    ({ secret } = await client.must('secret', (api, options) =>
      api.webhookEndpoints.rotateSecret(tenant, { endpointId: id }, options),
    ));
    sinceMs = world.timeline.nowMs();
  }
  accepted.endpoints.push({ id, tenant, secret, sinceMs });
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
  const rare = dice.stream('rare');
  const place = { clock, own: rare.chance(0.35) ? await setUpOwnMeter(own, name, rare) : undefined };
  const customers = await Promise.all(
    Array.from({ length: dice.int(1, 2) }, (_, at) => welcomeCustomer(own, place, `${name}.${at + 1}`)),
  );
  const moves = dice.int(2, 4);
  for (let move = 0; move < moves; move += 1) {
    await Promise.all(customers.map((customer) => liveOn(own, customer, place)));
    await lookAfter(own, place.own, { customers, clock, dice: rare });
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

async function welcomeCustomer(seller: Seller, place: Place, name: string): Promise<Customer> {
  const { clock } = place;
  const { client, tenant, accepted, live } = seller;
  const token = `${client.dice.pick(TOKENS)}_${name}`;
  const zone = client.dice.stream(`zone ${name}`).pick(ZONES);
  const asking = {
    externalId: name,
    name: `Customer ${name}`,
    email: `${name}@buyer.example`,
    paymentMethod: { gateway: live ? 'acme' : 'fake', token },
    ...(clock === undefined ? {} : { testClock: clock.id }),
    ...(zone === 'UTC' ? {} : { zone }),
  };
  const made = await client.must('customer', (api, options) => api.customers.create(tenant, asking, options));
  const customer = { id: made['id'] ?? '', tenant, name, clock: clock?.id, token, zone };
  accepted.customers.push(customer);
  await subscribe(seller, customer, place);
  return customer;
}

/** Some of what a customer does at one instant of its clock, in any order. */
async function liveOn(seller: Seller, customer: Customer, place: Place): Promise<void> {
  const { client } = seller;
  const acts = [() => useSome(seller, customer, place), () => useSome(seller, customer, place)];
  if (client.dice.chance(0.12)) acts.push(() => leave(seller, customer));
  if (client.dice.chance(0.3)) acts.push(() => correct(seller, customer, place));
  if (client.dice.chance(0.2)) acts.push(() => moveOn(seller, customer, place));
  for (const act of client.dice.shuffle(acts)) {
    if (client.dice.chance(0.3)) await client.sleep(client.dice.int(1, 5_000));
    await act();
  }
}

/** A few events: in order or not, some late, some twice, some with a body that contradicts their first one. */
async function useSome(seller: Seller, customer: Customer, place: Place): Promise<void> {
  const { clock } = place;
  const { client, world, accepted, tenant } = seller;
  const { dice } = client;
  const nowMs =
    clock === undefined ? world.timeline.nowMs() : Temporal.Instant.from(clock.now).epochMilliseconds;
  const count = dice.int(1, 4);
  const fresh = Array.from({ length: count }, (): Sent => {
    const backMs = dice.int(0, dice.pick([HOUR_MS, DAY_MS, 10 * DAY_MS]));
    const id = `${customer.name}-${dice.int(1, 1_000_000)}`;
    return {
      id,
      type: dice.pick(['request', 'request', 'gauge']),
      customer: customer.name,
      time: Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs - backMs)).toString(),
      properties: { amount: dice.int(1, 20), label: dice.pick(LABELS), ...sayMore(dice.stream(id)) },
    };
  });
  const again: Sent[] = fresh.filter(() => dice.chance(0.2));
  const contradicting = again
    .filter(() => dice.chance(0.3))
    .map((event) => ({ ...event, properties: { ...event.properties, amount: 77 } }));
  const sent = dice.shuffle([...fresh, ...again, ...contradicting]);
  const reading = readingAt(place);
  const answers = await client.use(tenant, sent);
  for (const [at, event] of sent.entries()) {
    if (answers[at] !== 'created' && answers[at] !== 'duplicate') continue;
    if (accepted.events.some(({ customer: who, id }) => who === customer.id && id === event.id)) continue;
    const { id, type, time } = event;
    const { amount, ...said } = event.properties;
    accepted.events.push({ customer: customer.id, id, type, at: time, value: String(amount), said, reading });
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
