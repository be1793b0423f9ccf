// Life stories of what is sold over time: several currencies, new versions of a plan, and prices agreed with one customer.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, type Story, type StoryStart, type Subscriber } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

type Prices = NonNullable<StoryStart['prices']>;

const fee = (amount: string, more: object = {}): Prices[number] => ({
  key: 'fee',
  name: 'Fee',
  cadence: 'in_advance',
  model: { type: 'flat', amount },
  ...more,
});
const tokens = (unitAmount: string, more: object = {}): Prices[number] => ({
  key: 'tokens',
  name: 'Tokens',
  cadence: 'in_arrears',
  meter: 'tokens',
  model: { type: 'per_unit', unitAmount },
  ...more,
});

type Asked = { currency?: string; followsPlan?: boolean; prices?: Record<string, Record<string, never>> };

async function subscribe(
  story: Story,
  name: string,
  asked: Asked & { zone?: string } = {},
): Promise<Subscriber> {
  const { tenant, clockId: testClock } = story;
  const paymentMethod = { gateway: 'fake', token: `tok_ok_${tenant}_${name}` };
  const customers = story.billing().customers;
  const { id: customerId } = await done(
    customers.create(tenant, { externalId: name, name, testClock, paymentMethod }),
  );
  const { id } = await done(
    story.billing().subscriptions.create(tenant, { customerId, plan: 'pro', ...asked }),
  );
  return { customerId, subscriptionId: id, name };
}

for (const backend of BACKENDS) {
  describe(`plans over time on ${backend}`, () => {
    const world = storyWorld(backend);

    test('one plan in three currencies, each in its own minor units', async () => {
      const inYen = { currency: 'JPY' };
      const inDinar = { currency: 'BHD' };
      const prices = [
        fee('10'),
        tokens('0.015'),
        fee('1500', inYen),
        tokens('1.5', inYen),
        fee('3.775', inDinar),
        tokens('0.0055', inDinar),
      ];
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', prices });
      const [ada, bob, eve] = [
        await subscribe(story, 'ada'),
        await subscribe(story, 'bob', inYen),
        await subscribe(story, 'eve', inDinar),
      ];
      const refused = await story
        .billing()
        .subscriptions.create(story.tenant, { customerId: ada.customerId, plan: 'pro', currency: 'EUR' });
      assert.equal(refused.ok ? '' : refused.code, 'currency_not_offered');
      await story.moveTo('2023-11-11T00:00:00Z');
      for (const who of [ada, bob, eve]) await story.use(who, '2023-11-10T00:00:00Z', 101);
      await story.moveTo('2023-12-02T00:00:00Z');
      const totals = await Promise.all(
        [ada, bob, eve].map(async (who) =>
          (await story.invoices(who)).map(({ currency, total }) => `${currency} ${total}`),
        ),
      );
      assert.deepEqual(totals, [
        ['USD 1000', 'USD 1152'],
        ['JPY 1500', 'JPY 1652'],
        ['BHD 3775', 'BHD 4331'],
      ]);
    });

    test('a new version is for who starts later, who follows, and who is moved; others stay', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', prices: [fee('10'), tokens('1')] });
      const stays = await subscribe(story, 'stays');
      const follows = await subscribe(story, 'follows', { followsPlan: true });
      const moved = await subscribe(story, 'moved');
      const { plans, subscriptions, reads } = story.billing();
      const effectiveAt = '2023-12-15T00:00:00Z';
      await done(
        plans.publishVersion(story.tenant, {
          plan: 'pro',
          effectiveAt,
          prices: [fee('20'), tokens('2'), { ...fee('5'), key: 'support', name: 'Support' }],
        }),
      );
      const early = await plans.publishVersion(story.tenant, { plan: 'pro', prices: [fee('1')] });
      assert.equal(early.ok ? '' : early.code, 'version_out_of_order');
      const { items } = await reads.plans.versions(story.tenant, { plan: 'pro' });
      assert.deepEqual(
        items.map(({ version }) => version.number),
        [2, 1],
      );
      await story.moveTo('2023-12-20T00:00:00Z');
      const starts = await subscribe(story, 'starts');
      const [newest] = items;
      await done(
        subscriptions.move(story.tenant, {
          customerId: moved.customerId,
          subscriptionId: moved.subscriptionId,
          planVersion: newest?.version.id,
        }),
      );
      for (const who of [stays, follows, moved]) await story.use(who, '2023-12-19T00:00:00Z', 7);
      await story.moveTo('2024-01-10T00:00:00Z');
      for (const who of [stays, follows, moved]) await story.use(who, '2024-01-09T00:00:00Z', 3);
      await story.moveTo('2024-02-02T00:00:00Z');
      assert.deepEqual((await story.billed(stays)).slice(2), [
        '2024-01-01 paid 17.00: fee 10.00, tokens 7 7.00',
        '2024-02-01 paid 13.00: fee 10.00, tokens 3 3.00',
      ]);
      const next = [
        '2024-01-01 paid 32.00: fee 20.00, support 5.00, tokens 7 7.00',
        '2024-02-01 paid 31.00: fee 20.00, support 5.00, tokens 3 6.00',
      ];
      assert.deepEqual((await story.billed(follows)).slice(2), next);
      assert.deepEqual((await story.billed(moved)).slice(2), next);
      assert.equal((await story.billed(starts))[0], '2023-12-20 paid 25.00: fee 20.00, support 5.00');
      await story.ledger();
    });

    test('a price agreed with one customer stands in for the plan’s, also after the plan has changed', async () => {
      const story = await world.begin({
        at: '2023-11-01T00:00:00Z',
        prices: [fee('10'), tokens('1', { minimum: '50' })],
      });
      const agreed = {
        fee: { discountPercent: '50' },
        tokens: { freeUnits: { quantity: '2' }, minimum: null },
      };
      const ada = await subscribe(story, 'ada', { followsPlan: true, prices: agreed as never });
      const { plans, subscriptions } = story.billing();
      await done(plans.publishVersion(story.tenant, { plan: 'pro', prices: [fee('20'), tokens('2')] }));
      await story.moveTo('2023-11-11T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 7);
      await story.moveTo('2023-12-11T00:00:00Z');
      await story.use(ada, '2023-12-10T00:00:00Z', 7);
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-11-01 paid 5.00: fee 5.00',
        '2023-12-01 paid 10.00: fee 5.00, tokens 7 5.00',
        '2024-01-01 paid 10.00: fee 5.00, tokens 7 5.00',
      ]);
      const { customerId } = ada;
      const may = { from: '2023-12-01T00:00:00Z', to: '2024-01-01T00:00:00Z' };
      const preview = async (asked: object) => {
        const answer = await story.billing().prices.preview(story.tenant, { plan: 'pro', ...asked });
        assert.ok(answer.ok, JSON.stringify(answer));
        return answer.data;
      };
      const own = await preview({ customer: 'ada', ...may });
      assert.deepEqual([own.total, own.subscriptionId], ['1000', ada.subscriptionId]);
      const offered = await preview({ quantities: { tokens: '7' } });
      assert.deepEqual([offered.total, offered.subscriptionId], ['3400', null]);
      const wrong = await subscriptions.create(story.tenant, {
        customerId,
        plan: 'pro',
        prices: { tokens: { model: { type: 'flat', amount: '1' }, minimum: null } },
      });
      assert.equal(wrong.ok ? '' : `${wrong.code} ${wrong.pointer}`, 'invalid_price /prices/tokens/model');
    });
  });
}
