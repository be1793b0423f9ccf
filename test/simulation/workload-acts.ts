// Owns what a customer of a story, or its seller, does to what is there already: subscribing, moving to another version of the
// plan, and setting usage right. Each writes down what it knows once it is answered.
import type { Accepted, Currency, Said } from './accepted.ts';
import type { Client } from './client.ts';
import type { Dice } from './dice.ts';
import type { OwnMeter } from './workload-meters.ts';
import type { World } from './world.ts';

/** Usage that is set right is younger than this: what it was part of is still looked after. */
const CORRECTED_HOURS = 20 * 24;

export type Teller = { readonly world: World; readonly accepted: Accepted };
export type Seller = Teller & { readonly client: Client; readonly tenant: string; readonly live: boolean };
export type Customer = Accepted['customers'][number];
export type Place = {
  readonly clock: Accepted['clocks'][number] | undefined;
  readonly own?: OwnMeter | undefined;
};

/** The form in which the place's own meter reads now. */
export function readingAt({ own }: Place): number {
  return (own?.meter.forms.length ?? 1) - 1;
}

export async function subscribe(seller: Seller, customer: Customer, { own }: Place): Promise<void> {
  const { client, tenant, accepted } = seller;
  const { dice } = client;
  const picked = dice.pick(['small', 'large']);
  const plan = own?.plan ?? picked;
  const seats = String(dice.pick([1, 1, 2, 3]));
  const followsPlan = dice.chance(0.4);
  const feeDiscount = dice.chance(0.2) ? '12.5' : undefined;
  const currency = wanted(seller, customer, plan);
  const asking = {
    customerId: customer.id,
    plan,
    ...(currency === 'USD' ? {} : { currency }),
    followsPlan,
    quantities: { fee: seats },
    ...(feeDiscount && { prices: { fee: { discountPercent: feeDiscount } } }),
  };
  const data = await client.must('subscribe', (api, options) =>
    api.subscriptions.create(tenant, asking, options),
  );
  accepted.subscriptions.push({
    id: data['id'] ?? '',
    customer: customer.id,
    plan,
    currency,
    anchorAt: data['anchorAt'] ?? '',
    endsAt: undefined,
    seats,
    followsPlan,
    feeDiscount,
    moves: [],
  });
}

/** One that the plan is sold in; the usual one is not named. */
function wanted({ client, tenant, accepted }: Seller, customer: Customer, plan: string): Currency {
  const own = accepted.plans.find((one) => one.tenant === tenant && one.key === plan);
  const prices = own?.versions[0]?.prices ?? [];
  return client.dice.stream(`currency ${customer.name}`).pick(prices.map(({ currency }) => currency));
}

/** What an event says besides its amount and label: where it was, what it did, what it costs. */
export function sayMore(dice: Dice): Omit<Said, 'label'> {
  const region = dice.pick(['eu', 'us', '']);
  const size = dice.pick(['s', 'xl', '']);
  return {
    op: dice.chance(0.3) ? 'remove' : 'add',
    price: (dice.int(0, 5_000) / 1_000).toFixed(3),
    weight: String(dice.int(1, 80) / 4),
    ...(region && { region }),
    ...(size && { size }),
  };
}

/** To some version of the plan, at the next boundary. On a test clock only: in real time nobody knows which is next. */
export async function moveOn(seller: Seller, customer: Customer, { clock }: Place): Promise<void> {
  const { client, tenant, accepted } = seller;
  const subscription = accepted.subscriptions.find(
    (one) => one.customer === customer.id && one.endsAt === undefined && !one.followsPlan,
  );
  if (subscription === undefined || clock === undefined) return;
  const plan = accepted.plans.find((one) => one.tenant === tenant && one.key === subscription.plan);
  const version = client.dice.pick(plan?.versions ?? []).id;
  const asking = { customerId: customer.id, subscriptionId: subscription.id, planVersion: version };
  const outcome = await client.command('move', (api, options) =>
    api.subscriptions.move(tenant, asking, options),
  );
  if (outcome.ok) subscription.moves.push({ at: clock.now, version });
}

/** An event of the last weeks gets another value or time, or is taken back. */
export async function correct(seller: Seller, customer: Customer, place: Place): Promise<void> {
  const { clock } = place;
  const { client, tenant, accepted, world } = seller;
  const { dice } = client;
  const now = Temporal.Instant.from(
    clock?.now ?? Temporal.Instant.fromEpochMilliseconds(Math.floor(world.timeline.nowMs())).toString(),
  );
  const oldest = now.subtract({ hours: CORRECTED_HOURS });
  const own = accepted.events.filter(
    ({ customer: who, at, value }) =>
      who === customer.id && value !== undefined && Temporal.Instant.compare(at, oldest) > 0,
  );
  if (own.length === 0) return;
  const event = dice.pick(own);
  const named = { customer: customer.name, id: event.id, reason: 'reported wrong' };
  const kind = dice.pick(['value', 'time', 'retract'] as const);
  const amount = dice.int(1, 40);
  const time = Temporal.Instant.from(event.at)
    .subtract({ minutes: dice.int(1, 600) })
    .toString();
  const said = {
    ...event.said,
    ...(dice.stream(event.id).chance(0.5) && sayMore(dice.stream(`anew ${event.id}`))),
  };
  const outcome = await client.command('correct', (api, options) => {
    if (kind === 'retract') return api.usageEvents.retract(tenant, named, options);
    const change = kind === 'time' ? { time } : { properties: { amount, ...said } };
    return api.usageEvents.amend(tenant, { ...named, ...change }, options);
  });
  if (!outcome.ok) return;
  if (kind === 'time') event.at = time;
  else event.value = kind === 'value' ? String(amount) : undefined;
  if (kind === 'value') event.said = said;
  event.reading = readingAt(place);
}
