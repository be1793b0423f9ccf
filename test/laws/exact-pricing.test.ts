// Laws of every charge model with every term: what fractions say, rounded once; parts add up, in a period, over a term and
// over shares of a period; without flat parts nothing jumps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Period, period } from '#actors/calendar/period.ts';
import { type Dec, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import type { RatingContext, Share } from '#actors/pricing/rating-context.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { anyCurrency, decimalOf, quantity, tiersOf } from '#test/support/arbitrary-prices.ts';
import {
  anyUsagePrice,
  atBound,
  meteredOf,
  positiveText,
  pricedEvent,
} from '#test/support/arbitrary-usage.ts';
import { fractionOf, isEqual } from '#test/support/fraction.ts';
import { type NaiveAmount, naiveAmount } from '#test/support/naive-pricing.ts';

const START = Temporal.Instant.from('2026-01-01T00:00:00Z');
const hours = (count: number): Temporal.Instant => START.add({ hours: count });
const WHOLE: Period = period(START, hours(720));

const events = fc.array(pricedEvent, { maxLength: 12 });
const before = fc.record({ quantity: decimalOf(3, 2), amount: fc.bigInt({ min: 0n, max: 10n ** 6n }) });
const served = fc.option(fc.integer({ min: 1, max: 720 }), { nil: undefined });

const shareOf = (count: number): Share => ({ part: period(START, hours(count)), whole: WHOLE });

/** What may surround a rating. */
const surroundings = fc.record({
  currency: anyCurrency,
  earlier: before,
  served,
  servedOfTerm: served,
  isFinal: fc.boolean(),
  isTermEnd: fc.boolean(),
  rate: fc.option(positiveText(2, 6), { nil: undefined }),
});

test('every model with every term costs what fractions say, each part rounded once', () => {
  const ofHours = (count: number) => ({ over: BigInt(count), under: 720n });
  fc.assert(
    fc.property(anyUsagePrice, events, surroundings, fc.option(fc.nat()), (price, happened, around, pick) => {
      const { currency, earlier, isFinal, isTermEnd, served: hour, servedOfTerm } = around;
      const metered = meteredOf(pick === null ? happened : atBound(price, happened, pick));
      // The border refuses a term whose periods would add up amounts of different rates.
      const rate = price.commitment?.over === 'term' ? undefined : around.rate;
      const context: RatingContext = {
        currency,
        isFinal,
        isTermEnd,
        before: earlier,
        ...(hour !== undefined && { share: shareOf(hour) }),
        ...(servedOfTerm !== undefined && { termShare: shareOf(servedOfTerm) }),
        ...(rate !== undefined && { unit: { key: 'credit', rate: decimal(rate) } }),
      };
      const said = naiveAmount(price, metered, {
        currency,
        isFinal,
        isTermEnd,
        before: { quantity: fractionOf(printDecimal(earlier.quantity)), amount: earlier.amount },
        ...(hour !== undefined && { served: ofHours(hour) }),
        ...(servedOfTerm !== undefined && { servedOfTerm: ofHours(servedOfTerm) }),
        ...(rate !== undefined && { rate: fractionOf(rate) }),
      });
      assertSaid(rateUsage(price, metered, context), said);
    }),
    { numRuns: 1_500 },
  );
});

test('what the runs of a period book adds up to the period rated once, whatever arrived late', () => {
  const cuts = fc.array(fc.nat(12), { maxLength: 4 });
  fc.assert(
    fc.property(anyUsagePrice, events, cuts, anyCurrency, (price, happened, some, currency) => {
      const earlier = { quantity: decimal(0), amount: 0n };
      const rate = (counted: typeof happened, isFinal: boolean): bigint =>
        rateUsage(price, meteredOf(counted), { currency, isFinal, before: earlier }).amount;
      let booked = 0n;
      // Any prefix, in any order: a correction takes usage back, late usage brings it again.
      for (const cut of some) booked += rate(happened.slice(0, cut), false) - booked;
      booked += rate(happened, true) - booked;
      const whole = naiveAmount(price, meteredOf(happened), {
        currency,
        isFinal: true,
        before: { quantity: fractionOf(0n), amount: 0n },
      });
      assert.equal(booked, whole.amount);
    }),
  );
});

test('an allowance that never comes back is given once over any number of periods', () => {
  const periods = fc.array(quantity, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(periods, positiveText(4, 2), anyCurrency, (used, free, currency) => {
      const price = priced({ model: perUnit('1'), freeUnits: { quantity: free, reset: 'never' } });
      let earlier = decimal(0);
      const charged = used.map((one) => {
        const rated = rateUsage(
          price,
          { quantity: one },
          { currency, before: { quantity: earlier, amount: 0n } },
        );
        earlier = earlier.plus(one);
        return rated.charged;
      });
      const rest = earlier.minus(free);
      assert.ok(sumDecimals(charged).equals(rest.isNegative() ? 0 : rest));
    }),
  );
});

test('a commitment over a term costs the same in any number of periods', () => {
  const periods = fc.array(fc.bigInt({ min: 0n, max: 10n ** 6n }), { minLength: 2, maxLength: 6 });
  const whole = fc.integer({ min: 2, max: 5 }).map(String);
  fc.assert(
    fc.property(periods, positiveText(6, 0), whole, fc.boolean(), (spends, value, overageFactor, trueUp) => {
      const over = { over: 'term', periods: spends.length } as const;
      const price = priced({
        model: perUnit('1'),
        commitment: { type: 'amount', value, overageFactor, trueUp, ...over },
      });
      const rate = (spent: bigint, earlier: bigint, isTermEnd: boolean): bigint =>
        rateUsage(
          price,
          { quantity: decimal(spent) },
          {
            currency: 'USD' as never,
            isTermEnd,
            before: { quantity: decimal(earlier), amount: earlier * 100n },
          },
        ).amount;
      let earlier = 0n;
      let billed = 0n;
      for (const [index, spent] of spends.entries()) {
        billed += rate(spent, earlier, index === spends.length - 1);
        earlier += spent;
      }
      assert.equal(billed, rate(earlier, 0n, true));
    }),
  );
});

test('minimum, maximum and allowance of the parts of a period add up to those of the whole', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 719 }), { maxLength: 5 });
  fc.assert(
    fc.property(cuts, positiveText(5, 2), anyCurrency, (some, value, currency) => {
      const ends = [...some.toSorted((a, b) => a - b), 720];
      const shares = ends.map((end, index) => ({
        part: period(hours(ends[index - 1] ?? 0), hours(end)),
        whole: WHOLE,
      }));
      const rate = (terms: object, used: Dec, share: Share): RatedUsage =>
        rateUsage(priced({ model: perUnit('1'), ...terms }), { quantity: used }, { currency, share });
      const much = decimal(value).times(10);
      const sums = [
        shares.map((share) => rate({ minimum: value }, decimal(0), share).amount),
        shares.map((share) => rate({ maximum: value }, much, share).amount),
      ].map((parts) => parts.reduce((sum, part) => sum + part, 0n));
      // Each part is rounded once: half a minor unit of each, at most.
      const slack = BigInt(Math.ceil(shares.length / 2));
      for (const sum of sums) {
        const apart = sum - roundToMinor(decimal(value), currency);
        assert.ok(apart <= slack && apart >= -slack, `${apart}`);
      }
      const free = shares.map((share) => {
        const rated = rate({ freeUnits: { quantity: value } }, much, share);
        return rated.converted.minus(rated.charged);
      });
      assert.ok(sumDecimals(free).minus(value).abs().lessThan('1e-11'));
    }),
  );
});

test('tiers without flat parts have no jump, of units and of money', () => {
  const tiny = decimal('1e-15');
  fc.assert(
    fc.property(tiersOf(false), anyCurrency, (tiers, currency) => {
      const percents = tiers.map(({ upTo, unitAmount }) => ({ upTo, ratePercent: unitAmount }));
      const dearest = sumDecimals(tiers.map(({ unitAmount }) => decimal(unitAmount ?? '0')));
      for (const model of [
        { type: 'graduated', tiers },
        { type: 'graduated_percentage', tiers: percents },
      ]) {
        const price = priced({ model });
        const cost = (used: Dec): Dec => rateUsage(price, { quantity: used }, { currency }).exact;
        assert.ok(cost(decimal(0)).isZero());
        for (const { upTo } of tiers) {
          if (upTo === null) continue;
          const jump = cost(decimal(upTo).plus(tiny)).minus(cost(decimal(upTo)));
          assert.ok(!jump.isNegative() && jump.lessThanOrEqualTo(dearest.times(tiny)));
        }
      }
    }),
  );
});

test('thirty digits behind the point survive every model and an allowance', () => {
  const places = fc.bigInt({ min: 10n ** 29n, max: 10n ** 30n - 1n });
  const long = fc.tuple(fc.nat(99), places).map(([whole, fraction]) => `${whole}.${fraction}`);
  const bounds = fc.tuple(long, long).map(([one, two]) => [one, decimal(one).plus(two).toFixed(), null]);
  const tiers = fc.tuple(bounds, long, long).map(([ends, each, flatAmount]) => ({ ends, each, flatAmount }));
  const model: fc.Arbitrary<object> = fc.oneof(
    long.map(perUnit),
    fc.record({ type: fc.constant('package'), amount: long, size: long }),
    fc.tuple(fc.constantFrom('graduated', 'volume'), tiers).map(([type, { ends, each, flatAmount }]) => ({
      type,
      tiers: ends.map((upTo) => ({ upTo, unitAmount: each, flatAmount })),
    })),
    tiers.map(({ ends, each }) => ({
      type: 'graduated_percentage',
      tiers: ends.map((upTo) => ({ upTo, ratePercent: each })),
    })),
    fc.record({ type: fc.constant('percentage'), ratePercent: long, fixedAmount: long, freeAmount: long }),
    long.map((multiplier) => ({ type: 'dynamic', multiplier })),
    fc.tuple(long, long).map(([unitAmount, defaultUnitAmount]) => ({
      type: 'matrix',
      cells: [{ when: { region: 'eu' }, unitAmount }],
      defaultUnitAmount,
    })),
  );
  const used = fc.array(fc.record({ value: long.map(decimal), price: long.map(decimal) }), { maxLength: 4 });
  fc.assert(
    fc.property(model, long, used, anyCurrency, (some, free, list, currency) => {
      const happened = list.map((one, day) => ({
        ...one,
        day,
        region: day % 2 ? 'eu' : 'us',
        size: undefined,
      }));
      const metered = meteredOf(happened);
      const terms = parseUsagePrice({ model: some, freeUnits: { quantity: free } });
      for (const price of 'model' in terms ? [terms, priced({ model: some })] : [priced({ model: some })]) {
        const said = naiveAmount(price, metered, { currency, isFinal: true });
        assertSaid(rateUsage(price, metered, { currency }), said);
      }
    }),
  );
});

/** To the last digit before the rounding, and after it. */
function assertSaid(rated: RatedUsage, said: NaiveAmount): void {
  assert.ok(isEqual(fractionOf(printDecimal(rated.exact)), said.exact), printDecimal(rated.exact));
  assert.deepEqual([rated.listed, rated.amount], [said.listed, said.amount]);
}

function perUnit(unitAmount: string): object {
  return { type: 'per_unit', unitAmount };
}

function priced(json: object): UsagePrice {
  const read = parseUsagePrice(json);
  if ('model' in read) return read;
  throw new Error(JSON.stringify(read));
}
