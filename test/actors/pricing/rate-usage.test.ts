// Proves the order of a price's terms, each by an amount that another order would not give, and how it all reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import type { RatingContext } from '#actors/pricing/rating-context.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';

const USD = currency('USD');
const price = (terms: object): UsagePrice => {
  const read = parseUsagePrice({ model: { type: 'per_unit', unitAmount: '1' }, ...terms });
  assert.ok('model' in read, JSON.stringify(read));
  return read;
};
const rated = (terms: object, quantity: string, context: Partial<RatingContext> = {}) =>
  rateUsage(price(terms), { quantity: decimal(quantity) }, { currency: USD, ...context });
const cents = (...of: Parameters<typeof rated>) => rated(...of).amount;

const start = Temporal.Instant.from('2024-04-01T00:00Z');
const days = (count: number) => period(start, start.add({ hours: 24 * count }));
const half = { part: days(15), whole: days(30) };

test('conversion comes before free units', () => {
  const terms = {
    conversion: { operation: 'divide', factor: '10', rounding: 'up' },
    freeUnits: { quantity: '3' },
  };
  assert.equal(cents(terms, '41'), 200n);
});

test('the discount is on the listed amount, the maximum caps and the minimum tops up what is left', () => {
  assert.equal(cents({ discountPercent: '10', maximum: '90' }, '100'), 9000n);
  assert.equal(cents({ discountPercent: '10', maximum: '90' }, '110'), 9000n);
  assert.equal(cents({ discountPercent: '10', minimum: '95' }, '100'), 9500n);
  assert.equal(cents({ discountPercent: '50', minimum: '10', maximum: '20' }, '30'), 1500n);
});

test('a minimum waits for the end of the period, a maximum does not', () => {
  assert.equal(cents({ minimum: '50' }, '10', { isFinal: false }), 1000n);
  assert.equal(cents({ minimum: '50' }, '10'), 5000n);
  assert.equal(cents({ maximum: '50' }, '60', { isFinal: false }), 5000n);
});

test('limits and commitments shrink with the share of the period that was served', () => {
  assert.equal(cents({ minimum: '50' }, '10', { share: half }), 2500n);
  assert.equal(cents({ maximum: '50' }, '60', { share: half }), 2500n);
  const commitment = { type: 'amount', value: '50', trueUp: true };
  assert.equal(cents({ commitment }, '10', { share: half }), 2500n);
});

test('a commitment bills what is missing, or what lies beyond at its factor', () => {
  const commitment = { type: 'amount', value: '100', overageFactor: '1.5', trueUp: true };
  assert.equal(cents({ commitment }, '60'), 10000n);
  assert.equal(cents({ commitment }, '60', { isFinal: false }), 6000n);
  assert.equal(cents({ commitment }, '100'), 10000n);
  assert.equal(cents({ commitment }, '120'), 13000n);
  assert.equal(cents({ commitment: { ...commitment, trueUp: false } }, '60'), 6000n);
});

test('of a part of a period it is the committed quantity that shrinks, not what it would cost', () => {
  const tiers = [
    { upTo: '20', unitAmount: '1' },
    { upTo: null, unitAmount: '0.5' },
  ];
  const model = { type: 'graduated', tiers };
  const third = { part: days(10), whole: days(30) };
  const commitment = { type: 'quantity', value: '60', overageFactor: '2', trueUp: true };
  assert.equal(cents({ model, commitment }, '22', { share: third }), 2200n);
  assert.equal(cents({ model, commitment }, '5', { share: third }), 2000n);
  const over = { over: 'term', periods: 2 };
  const ended = { termShare: third, isTermEnd: true, before: { quantity: decimal(0), amount: 0n } };
  assert.equal(cents({ model, commitment: { ...commitment, ...over } }, '22', ended), 2200n);
});

test('a discounted spend is what counts toward a commitment', () => {
  const commitment = { type: 'amount', value: '90', overageFactor: '2', trueUp: true };
  assert.equal(cents({ commitment, discountPercent: '10' }, '100'), 9000n);
  assert.equal(cents({ commitment, discountPercent: '10' }, '110'), 9900n + 900n);
});

test('a committed quantity stands for what the price makes of it', () => {
  const model = {
    type: 'graduated',
    tiers: [
      { upTo: '10', unitAmount: '2' },
      { upTo: null, unitAmount: '1' },
    ],
  };
  const commitment = { type: 'quantity', value: '15', overageFactor: '3', trueUp: true };
  assert.equal(cents({ model, commitment }, '0'), 2500n);
  assert.equal(cents({ model, commitment }, '16'), 2500n + 300n);
});

test('over a term, earlier periods count and what is missing is billed at its end', () => {
  const commitment = {
    type: 'amount',
    value: '100',
    overageFactor: '2',
    trueUp: true,
    over: 'term',
    periods: 12,
  };
  const before = { quantity: decimal('80'), amount: 8000n };
  assert.equal(cents({ commitment }, '10', { before }), 1000n);
  assert.equal(cents({ commitment }, '10', { before, isTermEnd: true }), 2000n);
  assert.equal(cents({ commitment }, '30', { before }), 4000n);
  const spent = { quantity: decimal('130'), amount: 13000n };
  assert.equal(cents({ commitment }, '10', { before: spent, isTermEnd: true }), 2000n);
  assert.throws(() => cents({ commitment }, '30'), RangeError);
});

test('a price that is rated per window prices, frees and commits each window', () => {
  const model = { type: 'package', amount: '5', size: '10' };
  const daily = (terms: object) =>
    rateUsage(
      price({ model, ratedPer: 'day', ...terms }),
      { quantity: decimal('26'), windows: ['1', '0', '25'].map((quantity) => decimal(quantity)) },
      { currency: USD },
    ).amount;
  assert.equal(daily({}), 2000n);
  assert.equal(daily({ freeUnits: { quantity: '5', reset: 'day' } }), 1000n);
  assert.equal(daily({ freeUnits: { quantity: '5' } }), 1500n);
  const commitment = { type: 'amount', value: '10', overageFactor: '2', trueUp: true };
  assert.equal(daily({ commitment }), 1000n + 1000n + 2000n);
  assert.throws(() => cents({ ratedPer: 'day' }, '5'), RangeError);
});

test('an allowance of each day can be freed from a period that is priced whole', () => {
  const terms = price({ freeUnits: { quantity: '5', reset: 'day' } });
  const windows = ['7', '0', '6'].map((quantity) => decimal(quantity));
  assert.equal(rateUsage(terms, { quantity: decimal('13'), windows }, { currency: USD }).amount, 300n);
});

test('every part is rounded once and the parts add up', () => {
  const result = rated({ model: { type: 'per_unit', unitAmount: '0.00333' }, discountPercent: '33' }, '1001');
  assert.equal(result.listed, 333n);
  assert.deepEqual(result.adjustments, [{ kind: 'discount', amount: '-110', percent: '33' }]);
  assert.equal(result.amount, 223n);
});

test('it reads in the order in which it was rated', () => {
  const terms = {
    conversion: { operation: 'divide', factor: '1000', rounding: 'up' },
    freeUnits: { quantity: '2' },
    discountPercent: '10',
    commitment: { type: 'amount', value: '10', overageFactor: '1.5', trueUp: true },
    minimum: '5',
    maximum: '12',
  };
  assert.deepEqual(explainUsage(rated(terms, '17500')), [
    '17500 metered are 18 units',
    '2 units are free, 16 are charged',
    '16 units at USD 1 each: USD 16',
    'listed USD 16, rounded once to USD 16.00',
    'discount of 10 %: USD -1.60',
    'what lies beyond the commitment counts 1.5 times: USD 2.20',
    'beyond the maximum: USD -4.60',
    'amount USD 12.00',
  ]);
  assert.deepEqual(explainUsage(rated({ minimum: '5' }, '3')).slice(-2), [
    'missing to the minimum: USD 2.00',
    'amount USD 5.00',
  ]);
  const committed = { commitment: { type: 'amount', value: '10', trueUp: true } };
  assert.equal(explainUsage(rated(committed, '3')).at(-2), 'missing to the commitment: USD 7.00');
  assert.deepEqual(explainUsage(rated({}, '3')), [
    '3 units at USD 1 each: USD 3',
    'listed USD 3, rounded once to USD 3.00',
  ]);
});

test('each step of the other models reads', () => {
  const lines = (model: object, metered: Parameters<typeof rateUsage>[1]) =>
    explainUsage(rateUsage(price({ model }), metered, { currency: USD })).slice(0, -1);
  const quantity = decimal('100');
  assert.deepEqual(
    lines({ type: 'percentage', ratePercent: '2.9', fixedAmount: '0.3' }, { quantity, paidEvents: 4n }),
    ['2.9 % of USD 100: USD 2.9', '4 events at USD 0.3 each: USD 1.2'],
  );
  const bounds = { fixedAmount: '0.1', eventMinimum: '1', eventMaximum: '3' };
  const events = [decimal('60'), decimal('40')];
  assert.deepEqual(lines({ type: 'percentage', ratePercent: '2', ...bounds }, { quantity, events }), [
    '2 events of USD 100 in sum, 2 % of each, plus USD 0.1, at least USD 1, at most USD 3: USD 2.3',
  ]);
  assert.deepEqual(lines({ type: 'dynamic', multiplier: '1.5' }, { quantity }), [
    'USD 100 times 1.5: USD 150',
  ]);
  const cells = [{ when: { region: 'eu' }, unitAmount: '2' }];
  const groups = [{ values: { region: 'eu', size: 'large' }, quantity }];
  assert.deepEqual(lines({ type: 'matrix', cells, defaultUnitAmount: '1' }, { quantity, groups }), [
    'region eu, size large: 100 units at USD 2 each: USD 200',
  ]);
});
