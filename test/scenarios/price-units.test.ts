// Life stories of prices in credits: converted at the rate of their time, late usage at that of its period, and explained.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LineExplanationView } from '#db/views/line-explanation.ts';
import { done, type Story, type StoryStart, type Subscriber, startStory } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

type Price = NonNullable<StoryStart['prices']>[number];

const priceUnit = 'credits';
const PRICES: Price[] = [
  {
    key: 'fee',
    name: 'Fee',
    cadence: 'in_advance',
    priceUnit,
    model: { type: 'flat', amount: '1000' },
  },
  {
    key: 'tokens',
    name: 'Tokens',
    cadence: 'in_arrears',
    meter: 'tokens',
    priceUnit,
    model: {
      type: 'graduated',
      tiers: [
        { upTo: '100', unitAmount: '1.5' },
        { upTo: null, unitAmount: '0.5' },
      ],
    },
    discountPercent: '10',
    maximum: '400',
    minimum: '30',
  },
  {
    key: 'calls',
    name: 'Calls',
    cadence: 'in_arrears',
    meter: 'calls',
    model: { type: 'per_unit', unitAmount: '1' },
  },
];
const CALLS = { key: 'calls', name: 'Calls', eventType: 'request', aggregation: 'count' } as const;

/** A seller that sells in credits: one of them costs 0.01, from 10 December 0.013, from 1 January 0.02. */
async function begin(at: (start: StoryStart) => Promise<Story>): Promise<Story> {
  const story = await at({ at: '2023-11-01T00:00:00Z', meters: [CALLS] });
  const { priceUnits, plans } = story.billing();
  const { tenant } = story;
  const rates = [
    { currency: 'USD', rate: '0.01' },
    { currency: 'EUR', rate: '0.009' },
  ];
  await done(priceUnits.create(tenant, { key: priceUnit, name: 'Credits', rates }));
  const usd = { unit: priceUnit, currency: 'USD' };
  await done(priceUnits.setRate(tenant, { ...usd, rate: '0.013', effectiveAt: '2023-12-10T00:00:00Z' }));
  await done(priceUnits.setRate(tenant, { ...usd, rate: '0.02', effectiveAt: '2024-01-01T00:00:00Z' }));
  await done(plans.publishVersion(tenant, { plan: 'pro', prices: PRICES }));
  return story;
}

async function explained(story: Story, who: Subscriber): Promise<LineExplanationView[]> {
  const { explainLine } = story.billing().reads.invoices;
  const lines = (await story.invoices(who)).flatMap(({ id, lines }) => lines.map((line) => [id, line.id]));
  const found = await Promise.all(lines.map(([id = '', line = '']) => explainLine(story.tenant, id, line)));
  return found.filter((one) => one !== undefined);
}

for (const backend of BACKENDS) {
  describe(`price units on ${backend}`, () => {
    const world = storyWorld(backend);

    test('usage is converted at the end of its period, a fee at its start, late usage as its period was', async () => {
      const story = await begin(world.begin);
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-10T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 120);
      await story.moveTo('2023-12-10T00:00:00Z');
      await story.use(ada, '2023-12-05T00:00:00Z', 10);
      await story.moveTo('2024-01-02T00:00:00Z');
      await story.use(ada, '2023-11-11T00:00:00Z', 80);
      await story.moveTo('2024-02-02T00:00:00Z');
      // November: 150 + 10 credits less 10 % are 144 at 0.01; with 80 more 150 + 50 less 10 % are 180.
      // December: 15 credits less 10 % are 13.50, and 30 are the least, at 0.013. A fee is 1000 at the month's first rate.
      assert.deepEqual(await story.billed(ada), [
        '2023-11-01 paid 10.00: fee 10.00',
        '2023-12-01 paid 12.44: fee 10.00, tokens 120 1.44, calls 1 1.00',
        '2024-01-01 paid 21.39: fee 20.00, tokens 10 0.39, calls 1 1.00',
        '2024-02-01 paid 21.96: late tokens 80 0.36, late calls 1 1.00, fee 20.00, tokens 0 0.60',
      ]);
      const lines = await explained(story, ada);
      assert.ok(lines.every(({ recomputed }) => recomputed.agrees));
      const [fee, , november] = lines;
      assert.deepEqual(fee?.around?.unitRate, { unit: 'credits', rate: '0.01', since: null });
      assert.deepEqual(november?.text.slice(1), [
        'tier 1 (above 0 up to 100): 100 units at credits 1.5 each: credits 150',
        'tier 2 (above 100): 20 units at credits 0.5 each: credits 10',
        'credits 160 at USD 0.01 each: USD 1.6',
        'listed USD 1.6, rounded once to USD 1.60',
        'discount of 10 %: USD -0.16',
        'amount USD 1.44',
      ]);
      const december = lines.find(({ amount }) => amount === '39');
      assert.deepEqual(december?.around?.unitRate, {
        unit: 'credits',
        rate: '0.013',
        since: '2023-12-10T00:00:00.000000Z',
      });
      await story.ledger();
    });

    test('a rate that is set for a time that is billed already changes nothing there', async () => {
      const story = await world.begin({ at: '2023-11-01T00:00:00Z', meters: [CALLS] });
      const { priceUnits, plans } = story.billing();
      const { tenant } = story;
      const rates = [{ currency: 'USD', rate: '0.01' }];
      await done(priceUnits.create(tenant, { key: priceUnit, name: 'Credits', rates }));
      const prices = PRICES.filter(({ key }) => key === 'calls').map((price) => ({ ...price, priceUnit }));
      await done(plans.publishVersion(tenant, { plan: 'pro', prices }));
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-10T00:00:00Z');
      await story.use(ada, '2023-11-10T00:00:00Z', 1);
      await story.moveTo('2023-12-05T00:00:00Z');
      const set = { unit: priceUnit, currency: 'USD', rate: '0.5', effectiveAt: '2023-11-15T00:00:00Z' };
      await done(priceUnits.setRate(tenant, set));
      await story.use(ada, '2023-11-20T00:00:00Z', 1);
      await story.use(ada, '2023-12-02T00:00:00Z', 1);
      await story.moveTo('2024-01-02T00:00:00Z');
      assert.deepEqual(await story.billed(ada), [
        '2023-12-01 paid 0.01: calls 1 0.01',
        '2024-01-01 paid 0.51: late calls 1 0.01, calls 1 0.50',
      ]);
      assert.ok((await explained(story, ada)).every(({ recomputed }) => recomputed.agrees));
    });

    test('a preview takes the rate of its time, or the one that is given', async () => {
      const story = await begin(world.begin);
      const { tenant } = story;
      const { prices } = story.billing();
      const cost = async (asked: Parameters<typeof prices.preview>[1]) => {
        const answer = await prices.preview(tenant, asked);
        return answer.ok ? answer.data.total : [answer.code, answer.pointer];
      };
      const quantities = { tokens: '120', calls: '0' };
      assert.equal(await cost({ plan: 'pro', quantities, at: '2023-11-30T00:00:00Z' }), '1144');
      assert.equal(await cost({ plan: 'pro', quantities, at: '2024-06-01T00:00:00Z' }), '2288');
      assert.deepEqual(await cost({ plan: 'pro', quantities }), ['invalid_request', '/at']);
      await story.subscribe('ada');
      const december = { from: '2023-12-01T00:00:00Z', to: '2024-01-01T00:00:00Z' };
      assert.equal(await cost({ plan: 'pro', quantities, customer: 'ada', ...december }), '1187');
      const price = { priceUnit, model: { type: 'per_unit', unitAmount: '2' } };
      const asked = { price, quantity: '7', currency: 'EUR' };
      assert.equal(await cost({ ...asked, at: december.to }), '13');
      const context = { unitRate: { unit: 'credits', rate: '0.5' } };
      assert.equal(await cost({ ...asked, context }), '700');
      assert.deepEqual(await cost({ ...asked, currency: 'GBP', at: december.to }), [
        'currency_not_offered',
        '/currency',
      ]);
      const other = { unitRate: { unit: 'points', rate: '0.5' } };
      assert.deepEqual(await cost({ ...asked, context: other }), [
        'invalid_request',
        '/context/unitRate/unit',
      ]);
    });

    test('what a unit cannot be is refused with its place', async () => {
      const story = await begin((start) => startStory(world.billing, start));
      const { tenant } = story;
      const { priceUnits, plans, subscriptions } = story.billing();
      const refusal = async (
        answer: Promise<{ ok: boolean; code?: string; pointer?: string | undefined }>,
      ) => {
        const { ok, code, pointer } = await answer;
        return ok ? undefined : [code, pointer];
      };
      const create = (rates: { currency: string; rate: string }[], key = 'other') =>
        refusal(priceUnits.create(tenant, { key, name: 'Other', rates }));
      const usd = { currency: 'USD', rate: '1' };
      assert.deepEqual(await create([usd], priceUnit), ['key_taken', '/key']);
      assert.deepEqual(await create([{ ...usd, rate: '0' }]), ['invalid_payload', '/rates/0/rate']);
      assert.deepEqual(await create([{ ...usd, currency: 'QQQ' }]), [
        'unknown_currency',
        '/rates/0/currency',
      ]);
      assert.deepEqual(await create([usd, usd]), ['invalid_request', '/rates/1/currency']);

      const set = (currency: string, effectiveAt?: string, unit: string = priceUnit) => {
        const asked = { unit, currency, rate: '1', ...(effectiveAt !== undefined && { effectiveAt }) };
        return refusal(priceUnits.setRate(tenant, asked));
      };
      assert.deepEqual(await set('USD'), ['invalid_request', '/effectiveAt']);
      assert.deepEqual(await set('USD', '2023-12-24T00:00:00Z'), ['rate_out_of_order', '/effectiveAt']);
      assert.deepEqual(await set('GBP', '2023-12-24T00:00:00Z'), ['invalid_request', '/effectiveAt']);
      assert.deepEqual(await set('QQQ'), ['unknown_currency', '/currency']);
      assert.deepEqual(await set('USD', '2025-01-01T00:00:00Z', 'none'), ['price_unit_not_found', '/unit']);
      assert.equal(await set('GBP'), undefined);
      assert.equal(await set('GBP', '2023-12-24T00:00:00Z'), undefined);

      const plan = (price: Partial<Price>) => {
        const base = { key: 'calls', name: 'Calls', cadence: 'in_arrears', meter: 'calls' } as const;
        const prices = [{ ...base, model: { type: 'per_unit', unitAmount: '1' }, ...price }];
        return refusal(plans.publishVersion(tenant, { plan: 'pro', prices }));
      };
      const term = { type: 'amount', value: '5', trueUp: true, over: 'term', periods: 2 };
      assert.deepEqual(await plan({ priceUnit: 'none' }), ['price_unit_not_found', '/prices/0/priceUnit']);
      assert.deepEqual(await plan({ priceUnit: 5 }), ['invalid_price', '/prices/0/priceUnit']);
      assert.deepEqual(await plan({ priceUnit, commitment: term }), [
        'invalid_price',
        '/prices/0/commitment',
      ]);
      const { customerId } = await story.subscribe('ada');
      const agreed = { customerId, plan: 'pro', prices: { calls: { priceUnit } } };
      assert.deepEqual(await refusal(subscriptions.create(tenant, agreed)), [
        'invalid_price',
        '/prices/calls/priceUnit',
      ]);
    });
  });
}
