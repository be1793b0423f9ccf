// Life stories of previews: what a plan would cost for a customer's usage is what the invoice then says, and nothing is
// booked by asking.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PricePreviewRequest } from '#runtime/pricing/preview-fields.ts';
import { PLAN_PRICES, type Story } from '#test/support/story.ts';
import { BACKENDS, storyWorld } from '#test/support/story-world.ts';

const NOVEMBER = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
const PRICES = [
  ...PLAN_PRICES,
  {
    key: 'sold',
    name: 'Sold',
    cadence: 'in_arrears' as const,
    meter: 'sold',
    model: { type: 'percentage', ratePercent: '10', eventMinimum: '1' },
    minimum: '5',
  },
  {
    key: 'calls',
    name: 'Calls',
    cadence: 'in_arrears' as const,
    meter: 'calls',
    model: { type: 'per_unit', unitAmount: '0.5' },
    freeUnits: { quantity: '1', reset: 'day' },
  },
];
const METERS = [
  { key: 'sold', name: 'Sold', eventType: 'sale', aggregation: 'sum', valueProperty: 'price' },
  { key: 'calls', name: 'Calls', eventType: 'sale', aggregation: 'count', dimensions: ['region'] },
] as const;

const zone = 'Asia/Tokyo';

async function preview(story: Story, asked: PricePreviewRequest) {
  const answer = await story.billing().prices.preview(story.tenant, asked);
  return answer.ok ? answer.data : [answer.code, answer.pointer];
}

async function costs(story: Story, asked: PricePreviewRequest) {
  const found = await preview(story, asked);
  assert.ok(!Array.isArray(found), JSON.stringify(found));
  const each = found.prices.map(({ key, quantity, amount }) => `${key ?? 'price'} ${quantity} ${amount}`);
  return `${found.total}: ${each.join(', ')}`;
}

for (const backend of BACKENDS) {
  describe(`price previews on ${backend}`, () => {
    const world = storyWorld(backend);

    test('a plan costs for the usage of a month what its invoice says, before and after it is billed', async () => {
      const meters = METERS.map((meter) => ({
        ...meter,
        dimensions: [...('dimensions' in meter ? meter.dimensions : [])],
      }));
      const story = await world.begin({ at: NOVEMBER.from, prices: PRICES, meters });
      const ada = await story.subscribe('ada');
      await story.moveTo('2023-11-20T00:00:00Z');
      await story.use(ada, '2023-11-10T08:00:00Z', 120);
      for (const [at, price, region] of [
        ['2023-11-05T14:00:00Z', '4', 'eu'],
        ['2023-11-05T16:00:00Z', '30', 'eu'],
        ['2023-11-05T17:00:00Z', '7', 'us'],
      ] as const) {
        await story.send(ada, { type: 'sale', at, properties: { price, region } });
      }
      // A fee of 10; 100 × 0.10 + 20 × 0.05; 1 + 3 + 1; two days of UTC have one call free, of which one has three.
      const expected = '2700: fee 1 1000, tokens 120 1100, sold 41 500, calls 3 100';
      const asked = { plan: 'pro', customer: 'ada', ...NOVEMBER };
      assert.equal(await costs(story, asked), expected);
      // In Tokyo the last two are on the 6th.
      assert.equal(
        await costs(story, { ...asked, zone }),
        expected.replace('2700', '2650').replace(/100$/, '50'),
      );
      await story.moveTo('2023-12-02T00:00:00Z');
      assert.deepEqual((await story.billed(ada)).slice(1), [
        '2023-12-01 paid 27.00: fee 10.00, tokens 120 11.00, sold 41 5.00, calls 3 1.00',
      ]);
      assert.equal(await costs(story, asked), expected);

      const matrix = {
        type: 'matrix',
        cells: [{ when: { region: 'eu' }, unitAmount: '2' }],
        defaultUnitAmount: '1',
      };
      const other = {
        price: { model: matrix, meter: 'calls' },
        currency: 'JPY',
        customer: 'ada',
        ...NOVEMBER,
      };
      assert.equal(await costs(story, other), '5: price 3 5');
      assert.equal((await story.invoices(ada)).length, 2);
      await story.ledger();
    });

    test('quantities can be given, for all or some prices, and what is missing is named', async () => {
      const meters = METERS.map((meter) => ({
        ...meter,
        dimensions: [...('dimensions' in meter ? meter.dimensions : [])],
      }));
      const story = await world.begin({ at: NOVEMBER.from, prices: PRICES, meters });
      await story.subscribe('bob');
      const quantities = {
        fee: '3',
        tokens: '50',
        sold: { events: ['100', '2'] },
        calls: { windows: ['3', '0'] },
      };
      const all = '4700: fee 3 3000, tokens 50 500, sold 102 1100, calls 3 100';
      assert.equal(await costs(story, { plan: 'pro', quantities }), all);
      const some = await preview(story, {
        plan: 'pro',
        quantities: { fee: '0' },
        customer: 'bob',
        ...NOVEMBER,
      });
      assert.ok(!Array.isArray(some));
      // A minimum is owed for no usage too.
      assert.equal(some.total, '500');
      assert.deepEqual(
        some.prices.map(({ eventCount }) => eventCount),
        [null, '0', '0', '0'],
      );
      const price = { model: { type: 'per_unit', unitAmount: '0.01' }, minimum: '30' };
      const context = { isFinal: false };
      assert.equal(await costs(story, { price, currency: 'USD', quantity: '5', context }), '5: price 5 5');

      const year = { from: '2023-01-01T00:00:00Z', to: '2024-01-01T00:00:00Z' };
      const perMinute = { ...price, minimum: '1', ratedPer: 'minute', meter: 'tokens' };
      const matrix = {
        type: 'matrix',
        cells: [{ when: { colour: 'red' }, unitAmount: '2' }],
        defaultUnitAmount: '1',
      };
      const usd = { currency: 'USD' };
      const refusals: readonly (readonly [PricePreviewRequest, code: string, pointer: string | undefined])[] =
        [
          [{}, 'invalid_request', '/price'],
          [{ price, plan: 'pro', ...usd }, 'invalid_request', '/price'],
          [{ price, quantity: '1' }, 'invalid_request', '/currency'],
          [{ price, quantity: '1', currency: 'QQQ' }, 'invalid_request', '/currency'],
          [
            { price: { model: { type: 'per_unit' } }, quantity: '1', ...usd },
            'invalid_price',
            '/price/model/unitAmount',
          ],
          [{ price, ...usd }, 'invalid_request', '/quantity'],
          [{ price, quantity: 'x', ...usd }, 'invalid_request', '/quantity'],
          [{ price, quantities: {}, ...usd }, 'invalid_request', '/quantities'],
          [
            { price, quantity: '1', ...usd, context: { share: {} } },
            'invalid_request',
            '/context/share/part',
          ],
          [{ price, customer: 'bob', ...NOVEMBER, ...usd }, 'invalid_price', '/price/meter'],
          [{ price: { ...price, meter: 'none' }, quantity: '1', ...usd }, 'meter_not_found', '/price/meter'],
          [
            { price: { model: matrix, meter: 'calls' }, quantity: '1', ...usd },
            'invalid_price',
            '/price/model/cells/0/when',
          ],
          [{ price: perMinute, ...usd, customer: 'bob', ...year }, 'too_many_windows', '/to'],
          [{ plan: 'none' }, 'plan_not_found', '/plan'],
          [{ plan: 'pro', currency: 'EUR' }, 'currency_not_offered', '/currency'],
          [{ plan: 'pro', quantities: { nothing: '1' } }, 'price_not_found', '/quantities/nothing'],
          [{ plan: 'pro' }, 'invalid_request', '/quantities/tokens'],
          [
            { plan: 'pro', quantities: { ...quantities, calls: '1' } },
            'invalid_request',
            '/quantities/calls/windows',
          ],
          [{ plan: 'pro', customer: 'nobody', ...NOVEMBER }, 'not_found', '/customer'],
          [{ plan: 'pro', customer: 'bob', to: NOVEMBER.to }, 'invalid_request', '/from'],
          [{ plan: 'pro', customer: 'bob', from: NOVEMBER.to, to: NOVEMBER.from }, 'invalid_request', '/to'],
          [{ plan: 'pro', customer: 'bob', ...NOVEMBER, zone: 'Mars/Olympus' }, 'unknown_zone', '/zone'],
          [{ plan: 'pro', from: NOVEMBER.from }, 'invalid_request', '/from'],
          [{ plan: 'pro', customer: 'bob', ...NOVEMBER, scope: 'sub_nope' }, 'not_found', '/scope'],
          [{ plan: 'pro', from: 'soon' }, 'invalid_payload', '/from'],
        ];
      for (const [asked, code, pointer] of refusals) {
        assert.deepEqual(await preview(story, asked), [code, pointer], JSON.stringify(asked));
      }
    });
  });
}
