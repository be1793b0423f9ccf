// Owns how facts of Flexprice are tried: prices, rounding per line, billing boundaries, windows of a zone.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type BillingCycle, boundary, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { overlap, type Period, period } from '#actors/calendar/period.ts';
import { type WindowUnit, windowAt } from '#actors/calendar/window.ts';
import { parseZone } from '#actors/calendar/zone.ts';
import { allocate } from '#actors/money/allocate.ts';
import { type Currency, currency } from '#actors/money/currency.ts';
import { type Dec, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { majorUnits, money, printAmount } from '#actors/money/money.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { type RatedUsage, rateUsage } from '#actors/pricing/rate-usage.ts';
import type { RatingContext } from '#actors/pricing/rating-context.ts';
import { percentDiscount } from '#actors/pricing/terms/percent-discount.ts';
import { rate } from '#test/support/rate-model.ts';
import { type Runner, type Runners, runner, stated } from './facts.ts';
import { flexpriceTimeFacts } from './flexprice-time-facts.ts';
import { CADENCES, currencyCode, dec, instant, priceModel, usagePrice } from './shapes.ts';

const USD = currency('USD');

const tier = z
  .strictObject({
    up_to: z.int().nullable(),
    unit_amount: z.string(),
    flat_amount: z.string().optional(),
  })
  .transform(({ up_to, unit_amount, flat_amount }) => ({
    upTo: up_to === null ? null : String(up_to),
    unitAmount: unit_amount,
    ...(flat_amount !== undefined && { flatAmount: flat_amount }),
  }));

const price = z
  .discriminatedUnion('model', [
    z
      .strictObject({ model: z.literal('per_unit'), unit_amount: z.string() })
      .transform((given) => ({ type: 'per_unit', unitAmount: given.unit_amount })),
    z
      .strictObject({
        model: z.literal('package'),
        package_amount: z.string(),
        package_size: z.int(),
        round: z.enum(['up', 'down']),
      })
      .transform((given) => ({
        type: 'package',
        amount: given.package_amount,
        size: String(given.package_size),
        rounding: given.round,
      })),
    z
      .strictObject({ model: z.literal('tiered'), mode: z.enum(['slab', 'volume']), tiers: z.array(tier) })
      .transform(({ mode, tiers }) => ({ type: mode === 'slab' ? 'graduated' : 'volume', tiers })),
  ])
  .transform(priceModel);

const zone = z.string().transform((name) => {
  const known = parseZone(name);
  if (known === undefined) throw new Error(`unknown zone ${name}`);
  return known;
});

function assertMoney(actual: bigint, expected: z.output<typeof dec>, currency: Currency): void {
  assert.equal(printDecimal(majorUnits(money(actual, currency))), printDecimal(expected));
}

const cycleInputs = {
  billing_anchor: instant,
  period: z.string(),
  period_count: z.int(),
  timezone: zone,
};

function cycleOf(inputs: z.output<z.ZodObject<typeof cycleInputs>>): BillingCycle {
  const cadence = CADENCES[inputs.period];
  assert.ok(cadence, inputs.period);
  return {
    anchor: inputs.billing_anchor,
    zone: inputs.timezone,
    interval: cadence.interval,
    count: cadence.count * inputs.period_count,
  };
}

function earlier(left: Temporal.Instant, right: Temporal.Instant | undefined): Temporal.Instant {
  return right === undefined || Temporal.Instant.compare(left, right) <= 0 ? left : right;
}

/** The periods of a cycle inside [start, until), the first and the last one cut. */
function periodsWithin(cycle: BillingCycle, whole: Period): Period[] {
  const first = indexAt(cycle, whole.start);
  const found: Period[] = [];
  for (let index = first; ; index += 1) {
    const part = overlap(periodAt(cycle, index), whole);
    if (part === undefined) return found;
    found.push(part);
  }
}

/** What terms make of a spend in major units. */
function spend(terms: object, amount: Dec, context: RatingContext): RatedUsage {
  const price = usagePrice({ model: { type: 'per_unit', unitAmount: '1' }, ...terms });
  return rateUsage(price, { quantity: amount }, context);
}

const floor = (unit: WindowUnit): Runner =>
  runner(stated({ at: instant, timezone: zone }, { at: z.string() }), ({ inputs, expected }) =>
    assert.equal(windowAt(inputs.at, unit, inputs.timezone).start.toString(), expected.at),
  );

export const flexpriceFacts: Runners = {
  ...flexpriceTimeFacts,

  'money.round': runner(
    stated({ amount: dec, currency: currencyCode }, { rounded: dec }),
    ({ inputs, expected }) =>
      assertMoney(roundToMinor(inputs.amount, inputs.currency), expected.rounded, inputs.currency),
  ),

  'invoice.subtotal_round_per_line': runner(
    stated({ line_amounts: z.array(dec), currency: currencyCode }, { subtotal: dec }),
    ({ inputs, expected }) => {
      const lines = inputs.line_amounts.map((amount) => roundToMinor(amount, inputs.currency));
      const subtotal = lines.reduce((sum, line) => sum + line, 0n);
      assertMoney(subtotal, expected.subtotal, inputs.currency);
    },
  ),

  'price.amount': runner(
    stated(
      { price, quantity: dec, currency: currencyCode },
      {
        total: dec,
        effective_unit: dec.optional(),
        packages: z.string().optional(),
        tier_index: z.int().optional(),
      },
    ),
    ({ inputs, expected }) => {
      const { exact, steps } = rate(inputs.price, inputs.quantity, inputs.currency);
      assert.equal(printDecimal(exact), printDecimal(expected.total));
      const [step] = steps;
      if (expected.packages !== undefined) {
        assert.equal(step?.kind === 'packages' && step.packages, expected.packages);
      }
      if (expected.tier_index !== undefined) {
        assert.equal(step?.kind === 'tier' && step.tier, expected.tier_index + 1);
      }
      if (expected.effective_unit !== undefined) {
        assert.equal(printDecimal(exact.div(inputs.quantity)), printDecimal(expected.effective_unit));
      }
    },
  ),

  'price.amount_rounded': runner(
    stated({ price, quantity: dec, currency: currencyCode }, { total: dec }),
    ({ inputs, expected }) => {
      const { amount } = rate(inputs.price, inputs.quantity, inputs.currency);
      assertMoney(amount, expected.total, inputs.currency);
    },
  ),

  'price.amount_per_bucket': runner(
    stated({ price, bucket_quantities: z.array(dec), currency: currencyCode }, { total: dec }),
    ({ inputs, expected }) => {
      const buckets = inputs.bucket_quantities.map(
        (quantity) => rate(inputs.price, quantity, inputs.currency).exact,
      );
      const total = roundToMinor(
        buckets.reduce((sum, exact) => sum.plus(exact)),
        inputs.currency,
      );
      assertMoney(total, expected.total, inputs.currency);
    },
  ),

  'coupon.apply': runner(
    stated({ amount: dec, currency: currencyCode, percent_off: dec }, { discount: dec, final: dec }),
    ({ inputs, expected }) => {
      const amount = roundToMinor(inputs.amount, inputs.currency);
      const discount = percentDiscount(amount, inputs.percent_off);
      assertMoney(discount, expected.discount, inputs.currency);
      assertMoney(amount - discount, expected.final, inputs.currency);
    },
  ),

  // A price of one unit, of which so much was used, committed to an amount.
  'commitment.true_up_rounded': runner(
    stated(
      { commitment: z.string(), used: dec, currency: currencyCode, used_rounded_first: z.literal(true) },
      { true_up: dec },
    ),
    ({ inputs, expected }) => {
      const commitment = { type: 'amount', value: inputs.commitment, trueUp: true };
      const { amount, listed } = spend({ commitment }, inputs.used, { currency: inputs.currency });
      assertMoney(amount - listed, expected.true_up, inputs.currency);
    },
  ),

  'commitment.cumulative': runner(
    stated(
      {
        commitment: z.string(),
        overage_factor: z.string(),
        true_up: z.boolean(),
        commitment_duration: z.string(),
        billing_period: z.string(),
        has_prior_invoices: z.literal(true),
        prior_base: dec,
        current_base_by_line: z.record(z.string(), dec),
        currency: currencyCode,
      },
      {
        total: dec,
        overage_charge: dec,
        within_by_line: z.record(z.string(), dec),
        tolerance: z.literal('0.01'),
      },
    ),
    ({ inputs, expected }) => {
      const { currency } = inputs;
      const commitment = {
        type: 'amount',
        value: inputs.commitment,
        overageFactor: inputs.overage_factor,
        trueUp: inputs.true_up,
        over: 'term',
        periods: 12,
      };
      const lines = Object.values(inputs.current_base_by_line);
      const before = { quantity: inputs.prior_base, amount: roundToMinor(inputs.prior_base, currency) };
      const rated = spend({ commitment }, sumDecimals(lines), { currency, before });
      assertMoney(rated.amount, expected.total, currency);
      const extra = rated.adjustments.find((part) => part.kind === 'overage');
      const over = BigInt(extra?.amount ?? '0') * 2n;
      assertMoney(over, expected.overage_charge, currency);
      const within = allocate(rated.amount - over, lines);
      assert.deepEqual(
        within.map((part) => printAmount(money(part, currency))),
        Object.values(expected.within_by_line).map((part) => part.toFixed(2)),
      );
    },
  ),

  'commitment.line': runner(
    stated(
      {
        commitment: z.strictObject({
          type: z.literal('amount'),
          value: z.string(),
          overage_factor: z.string(),
          true_up: z.boolean(),
        }),
        normal_charge: dec,
        overage_charge_passthrough: dec,
      },
      { total: dec },
    ),
    ({ inputs, expected }) => {
      const { type, value, overage_factor, true_up } = inputs.commitment;
      const commitment = { type, value, overageFactor: overage_factor, trueUp: true_up };
      const { amount } = spend({ commitment }, inputs.normal_charge, { currency: USD });
      const passed = roundToMinor(inputs.overage_charge_passthrough, USD);
      assertMoney(amount + passed, expected.total, USD);
    },
  ),

  'period.next_boundary': runner(
    stated(
      { current_period_start: instant, ...cycleInputs, subscription_end: instant.optional() },
      { next: z.string().optional(), error: z.literal(true).optional() },
    ),
    ({ inputs, expected }) => {
      const cycle = cycleOf(inputs);
      if (expected.error) return assert.throws(() => boundary(cycle, 1), RangeError);
      const next = boundary(cycle, indexAt(cycle, inputs.current_period_start) + 1);
      return assert.equal(earlier(next, inputs.subscription_end).toString(), expected.next);
    },
  ),

  'period.calendar_anchor': runner(
    stated({ start: instant, period: z.string(), timezone: zone }, { anchor: z.string() }),
    ({ inputs, expected }) => {
      const unit = inputs.period as WindowUnit;
      assert.equal(windowAt(inputs.start, unit, inputs.timezone).end.toString(), expected.anchor);
    },
  ),

  'period.list': runner(
    stated(
      { start: instant, until: instant, ...cycleInputs },
      {
        count: z.int(),
        periods: z.array(z.array(z.string())).optional(),
        first_end: z.string().optional(),
        second_end: z.string().optional(),
      },
    ),
    ({ inputs, expected }) => {
      const found = periodsWithin(cycleOf(inputs), period(inputs.start, inputs.until));
      const texts = found.map(({ start, end }) => [start.toString(), end.toString()]);
      assert.equal(texts.length, expected.count);
      if (expected.periods !== undefined) assert.deepEqual(texts, expected.periods);
      if (expected.first_end !== undefined) assert.equal(texts[0]?.[1], expected.first_end);
      if (expected.second_end !== undefined) assert.equal(texts[1]?.[1], expected.second_end);
    },
  ),

  'period.locate_event': runner(
    stated(
      {
        event_time: instant,
        subscription_start: instant,
        current_period_start: instant,
        current_period_end: instant,
        ...cycleInputs,
      },
      { period_id_epoch_ms: z.int(), period_start: z.string() },
    ),
    ({ inputs, expected }) => {
      const cycle = cycleOf(inputs);
      const { start } = periodAt(cycle, indexAt(cycle, inputs.event_time));
      assert.equal(start.toString(), expected.period_start);
      assert.equal(start.epochMilliseconds, expected.period_id_epoch_ms);
    },
  ),

  'time.floor_hour': floor('hour'),
  'time.floor_day': floor('day'),
  'time.floor_week_monday': floor('week'),

  'time.add_days': runner(
    stated({ at: instant, timezone: zone, days: z.int() }, { at: z.string() }),
    ({ inputs, expected }) => {
      const daily = { anchor: inputs.at, zone: inputs.timezone, interval: 'day', count: 1 } as const;
      assert.equal(boundary(daily, inputs.days).toString(), expected.at);
    },
  ),

  // The anchor day is what a month-end boundary remembers, so it is given here by an anchor that has it.
  'time.add_month_clamped': runner(
    stated({ at: instant, target_day: z.int() }, { at: z.string() }),
    ({ inputs, expected }) => {
      const at = inputs.at.toZonedDateTimeISO('UTC');
      const anchor = at.with({ month: 1, day: inputs.target_day }).toInstant();
      const monthly = { anchor, zone: 'UTC', interval: 'month', count: 1 } as const;
      assert.equal(boundary(monthly, at.month).toString(), expected.at);
    },
  ),
};
