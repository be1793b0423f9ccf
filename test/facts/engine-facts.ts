// Owns how facts of the systems that this project replaces are tried. Their amounts are minor units.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { boundary } from '#actors/calendar/billing-cycle.ts';
import { period, prorate } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { type Dec, decimal, printDecimal } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { percentDiscount } from '#actors/pricing/terms/percent-discount.ts';
import type { UsageModel } from '#actors/pricing/usage-model.ts';
import { parsePriceModel, rate } from '#test/support/rate-model.ts';
import { ENGINE_METERING } from './engine-usage-facts.ts';
import { ENGINE_WEBHOOK } from './engine-webhook-facts.ts';
import { oneOf, type Runner, type Runners, runner } from './facts.ts';
import { cadence, count, dec, instant, priceModel, usagePrice } from './shapes.ts';

const USD = currency('USD');
const minor = z.int().transform((value) => BigInt(value));
const major = (value: number): string => printDecimal(decimal(value).div(100));

const facts = <G extends z.ZodRawShape, W extends z.ZodType, E extends z.ZodRawShape>(
  given: G,
  when: W,
  expect: E,
) => z.strictObject({ given: z.strictObject(given), when, expect: z.strictObject(expect) });

const tiers = z
  .array(z.strictObject({ upTo: z.int().nullable(), unit: z.int(), flat: z.int() }))
  .transform((list) =>
    list.map(({ upTo, unit, flat }) => ({
      upTo: upTo === null ? null : String(upTo),
      unitAmount: major(unit),
      ...(flat > 0 && { flatAmount: major(flat) }),
    })),
  );
const tierModel = z.enum(['graduated', 'volume']);
const quantity = z.strictObject({ quantity: count });
const amountMinor = { amountMinor: minor };

const cents = (model: UsageModel, of: Dec): bigint => rate(model, of, USD).amount;

const PRICING: readonly Runner[] = [
  runner(
    facts({ model: z.literal('per_unit'), unitMinor: z.int() }, quantity, amountMinor),
    ({ given, when, expect }) => {
      const model = priceModel({ type: 'per_unit', unitAmount: major(given.unitMinor) });
      assert.equal(cents(model, when.quantity), expect.amountMinor);
    },
  ),
  runner(
    facts({ model: tierModel, tiersCumulative: tiers }, quantity, amountMinor),
    ({ given, when, expect }) => {
      const model = priceModel({ type: given.model, tiers: given.tiersCumulative });
      assert.equal(cents(model, when.quantity), expect.amountMinor);
    },
  ),
  runner(
    facts(
      { model: tierModel, tiersCumulative: tiers, alreadyInvoicedQuantity: count },
      z.strictObject({ newCumulativeQuantity: count }),
      { lineAmountMinor: minor },
    ),
    ({ given, when, expect }) => {
      const model = priceModel({ type: given.model, tiers: given.tiersCumulative });
      const before = cents(model, given.alreadyInvoicedQuantity);
      assert.equal(cents(model, when.newCumulativeQuantity) - before, expect.lineAmountMinor);
    },
  ),
  runner(
    facts(
      { model: z.literal('graduated or volume'), tiersCumulative: z.array(z.never()) },
      quantity,
      amountMinor,
    ),
    ({ given, when, expect }) => {
      const model = priceModel({ type: 'graduated', tiers: given.tiersCumulative });
      assert.equal(cents(model, when.quantity), expect.amountMinor);
    },
  ),
  runner(
    facts({ model: z.literal('unknown'), unitMinor: z.int() }, quantity, {
      error: z.literal('invalid_pricing_model at price creation'),
    }),
    ({ given }) => {
      const read = parsePriceModel({ type: given.model, unitAmount: major(given.unitMinor) });
      assert.ok(!('type' in read));
    },
  ),
  runner(
    facts(
      {
        plan: z.string(),
        tiersCumulativePer1k: z.array(z.strictObject({ upTo: z.int().nullable(), ratePer1k: z.string() })),
      },
      z.strictObject({ apiCalls: count }),
      { tier2: dec, tier3: dec, amount: dec },
    ),
    ({ given, when, expect }) => {
      const perUnit = given.tiersCumulativePer1k.map(({ upTo, ratePer1k }) => ({
        upTo: upTo === null ? null : String(upTo),
        unitAmount: printDecimal(decimal(ratePer1k).div(1000)),
      }));
      const { exact, steps } = rate(priceModel({ type: 'graduated', tiers: perUnit }), when.apiCalls, USD);
      assert.equal(steps[1]?.subtotal, printDecimal(expect.tier2));
      assert.equal(steps[2]?.subtotal, printDecimal(expect.tier3));
      assert.equal(printDecimal(exact), printDecimal(expect.amount));
    },
  ),
  runner(facts({ unitPrice: z.string() }, quantity, { amount: dec }), ({ given, when, expect }) => {
    const model = priceModel({ type: 'per_unit', unitAmount: given.unitPrice });
    assert.equal(cents(model, when.quantity), roundToMinor(expect.amount, USD));
  }),
];

// What a seat costs beyond the base price and the seats it includes; the price of one more is not part of the fact.
const seats: Runner = runner(
  facts({ plan: z.literal('starter'), includedSeats: z.int() }, z.strictObject({ seats: count }), {
    base: dec,
    seats: dec,
  }),
  ({ given, when, expect }) => {
    const base = rate(priceModel({ type: 'flat', amount: '99.00' }), decimal(1), USD).amount;
    const extra = usagePrice({
      model: { type: 'per_unit', unitAmount: '49.00' },
      freeUnits: { quantity: String(given.includedSeats) },
    });
    assert.equal(base, roundToMinor(expect.base, USD));
    const { amount } = rateUsage(extra, { quantity: when.seats }, { currency: USD });
    assert.equal(amount, roundToMinor(expect.seats, USD));
  },
);

const change = z.strictObject({ changeAt: instant });
const change2 = { periodStart: instant, periodEnd: instant };

const PRORATION: readonly Runner[] = [
  runner(
    facts({ amountMinor: z.int() }, z.strictObject({ fraction: dec }), { proratedMinor: minor }),
    ({ given, when, expect }) => {
      const amount = decimal(given.amountMinor).div(100).times(when.fraction);
      assert.equal(roundToMinor(amount, USD), expect.proratedMinor);
    },
  ),
  runner(
    facts({ oldPrice: dec, newPrice: dec, ...change2 }, change, { net: dec }),
    ({ given, when, expect }) => {
      const whole = period(given.periodStart, given.periodEnd);
      const rest = period(when.changeAt, given.periodEnd);
      const net = prorate(given.newPrice.minus(given.oldPrice), rest, whole);
      assert.equal(printDecimal(net), printDecimal(expect.net));
    },
  ),
  runner(
    facts(
      { oldMinor: z.int(), newMinor: z.int(), oldQuantity: z.int(), newQuantity: z.int(), ...change2 },
      change,
      {
        creditMinor: minor,
        chargeMinor: minor,
        netMinor: minor,
        remainingSeconds: z.int(),
        totalSeconds: z.int(),
      },
    ),
    ({ given, when, expect }) => {
      const whole = period(given.periodStart, given.periodEnd);
      const rest = period(when.changeAt, given.periodEnd);
      const share = (each: number, quantity: number): bigint =>
        roundToMinor(prorate(decimal(each).times(quantity).div(100), rest, whole), USD);
      const credit = share(given.oldMinor, given.oldQuantity);
      const charge = share(given.newMinor, given.newQuantity);
      assert.deepEqual(
        [-credit, charge, charge - credit],
        [expect.creditMinor, expect.chargeMinor, expect.netMinor],
      );
    },
  ),
];

const discount: Runner = runner(
  facts({ subtotalMinor: minor }, z.strictObject({ percent: count }), { discountMinor: minor }),
  ({ given, when, expect }) =>
    assert.equal(percentDiscount(given.subtotalMinor, when.percent), expect.discountMinor),
);

const anchored = { start: instant, interval: cadence };

const PERIOD: readonly Runner[] = [
  runner(
    facts({ ...anchored, intervalCount: z.int() }, z.literal('advance one period'), { end: z.string() }),
    ({ given, expect }) => {
      const cycle = {
        anchor: given.start,
        zone: 'UTC',
        interval: given.interval.interval,
        count: given.intervalCount,
      };
      assert.equal(boundary(cycle, 1).toString(), expect.end);
    },
  ),
  runner(
    facts(anchored, z.literal('advance one, then four times'), { end1: z.string(), end4: z.string() }),
    ({ given, expect }) => {
      const cycle = { anchor: given.start, zone: 'UTC', ...given.interval };
      assert.deepEqual(
        [boundary(cycle, 1).toString(), boundary(cycle, 4).toString()],
        [expect.end1, expect.end4],
      );
    },
  ),
];

export const engineFacts: Runners = {
  pricing: oneOf([...PRICING, seats]),
  proration: oneOf(PRORATION),
  period: oneOf(PERIOD),
  discount,
  metering: oneOf(ENGINE_METERING),
  webhook: oneOf(ENGINE_WEBHOOK),
};
