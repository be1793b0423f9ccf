// Owns the story that is told again for every crash: two customers, one on a test clock and one in real time; a card that is
// declined once and one whose first answer is lost; usage that comes twice and late; webhooks, mails, a cancellation.
import { PLAN_PRICES, TOKENS_METER } from '#test/support/story.ts';
import type { Client, CrashWorld } from './world.ts';
import { STARTS_AT } from './world.ts';

export const STAGES = ['set up', 'subscribe', 'collect', 'use', 'close', 'late', 'cancel', 'end'] as const;
export type Stage = (typeof STAGES)[number];

const HOUR_MS = 3_600_000;
/** Ahead, so that his periods do not depend on when he was asked to start. */
const BOB_STARTS_AT = '2023-11-02T00:00:00Z';
const MIDDLE = '2023-11-10T00:00:00Z';
const AFTER_NOVEMBER = '2023-12-01T02:00:00Z';
const AFTER_DECEMBER = '2024-01-01T02:00:00Z';

type Cast = {
  readonly tenant: string;
  readonly clockId: string;
  readonly ada: string;
  readonly bob: string;
};

/** Tells the story; `begin` is told of each stage. */
export async function tellStory(world: CrashWorld, begin: (stage: Stage) => void): Promise<void> {
  const { client } = world;
  // A stage begins at rest, so that what comes first does not depend on when the last one was done.
  const at = async (stage: Stage): Promise<void> => {
    await world.comeToRest({ atTheEnd: false });
    begin(stage);
  };
  const tenant = await client.tenant();
  await at('set up');
  const cast = await setUp(client, tenant);
  await at('subscribe');
  const { ada, bob } = cast;
  const subscribe = (customerId: string, payload: object) =>
    client.must({ tenant, customerId, type: 'subscription.create', payload: { plan: 'pro', ...payload } });
  await subscribe(ada, {});
  const { id: subscriptionId } = await subscribe(bob, { startAt: BOB_STARTS_AT });
  await at('collect');
  await advance(client, cast, MIDDLE);
  await passUntil(world, BOB_STARTS_AT);
  await passUntil(world, MIDDLE);
  await at('use');
  const inTime = [
    use(ada, 1, '2023-11-05T10:00:00Z', 40),
    use(ada, 2, '2023-11-05T10:30:00Z', 80),
    use(bob, 3, '2023-11-06T00:00:00Z', 120),
  ];
  await client.use(tenant, [...inTime, ...inTime.slice(1)]);
  await client.use(tenant, inTime);
  await at('close');
  await advance(client, cast, AFTER_NOVEMBER);
  await passUntil(world, '2023-12-02T00:00:10Z');
  await passUntil(world, '2023-12-02T02:00:00Z');
  await at('late');
  await client.use(tenant, [use(ada, 4, '2023-11-29T00:00:00Z', 7), use(bob, 5, '2023-11-30T23:59:59Z', 9)]);
  await at('cancel');
  await client.must({
    tenant,
    customerId: bob,
    type: 'subscription.cancel',
    payload: { subscriptionId: String(subscriptionId) },
  });
  await at('end');
  await advance(client, cast, AFTER_DECEMBER);
  await passUntil(world, '2024-01-02T02:00:00Z');
}

async function setUp(client: Client, tenant: string): Promise<Cast> {
  await client.must({
    tenant,
    type: 'webhook_endpoint.create',
    payload: { url: 'https://receiver.example/', concurrency: 1 },
  });
  const clock = await client.must({
    tenant,
    type: 'test_clock.create',
    payload: { name: 'story', now: STARTS_AT },
  });
  await client.must({ tenant, type: 'meter.create', payload: TOKENS_METER });
  const plan = {
    key: 'pro',
    name: 'Pro',
    currency: 'USD',
    interval: 'month',
    intervalCount: 1,
    prices: PLAN_PRICES,
  };
  await client.must({ tenant, type: 'plan.create', payload: plan });
  const clockId = String(clock['id']);
  const customer = async (name: string, card: string, testClock?: string): Promise<string> => {
    const payload = {
      externalId: name,
      name,
      email: `${name}@customer.example`,
      paymentMethod: { gateway: 'fake', token: `${card}_${name}` },
      ...(testClock && { testClock }),
    };
    return String((await client.must({ tenant, type: 'customer.create', payload }))['id']);
  };
  const ada = await customer('ada', 'tok_decline_once', clockId);
  const bob = await customer('bob', 'tok_unknown_once');
  return { tenant, clockId, ada, bob };
}

async function advance(client: Client, { tenant, clockId }: Cast, to: string): Promise<void> {
  await client.must({ tenant, type: 'test_clock.advance', payload: { clockId, to } });
}

/** Real time jumps to the instant, and the sweep finds who is due. What is under way is waited for: it was not out for days. */
async function passUntil({ timeline, client, comeToRest }: CrashWorld, at: string): Promise<void> {
  await comeToRest({ atTheEnd: false });
  const missing = Temporal.Instant.from(at).epochMilliseconds - timeline.nowMs();
  if (missing > 0) timeline.jump(missing);
  await client.sleep(HOUR_MS / 60);
}

function use(customer: string, number: number, time: string, tokens: number) {
  return { id: `use-${number}`, type: 'request', customer, time, properties: { tokens } };
}
