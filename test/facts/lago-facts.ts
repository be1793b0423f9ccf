// Owns how facts of Lago are tried: tiered and package prices, and the dates that billing runs cover.
// Its periods end with their last second; ours are half-open, so a second is taken off before comparing.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type BillingCycle, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { nanosecondsOf, type Period } from '#actors/calendar/period.ts';
import { type WindowUnit, windowAt } from '#actors/calendar/window.ts';
import { currency } from '#actors/money/currency.ts';
import { type Dec, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import type { Metered } from '#actors/pricing/metered.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { convert } from '#actors/pricing/terms/conversion.ts';
import { type Runner, type Runners, runner, stated } from './facts.ts';
import { lagoFeeFacts } from './lago-fee-facts.ts';
import { lagoUsageFacts } from './lago-usage-facts.ts';
import { cadence, dec, firstDays, instant, usagePrice } from './shapes.ts';

const EUR = currency('EUR');

const tier = z
  .strictObject({ from: z.string(), to: z.string().nullable(), per_unit: z.string(), flat: z.string() })
  .transform(({ to, per_unit, flat }) => ({ upTo: to, unitAmount: per_unit, flatAmount: flat }));

const percentTier = z
  .strictObject({ from: z.string(), to: z.string().nullable(), rate_percent: z.string(), flat: z.string() })
  .transform(({ to, rate_percent, flat }) => ({ upTo: to, ratePercent: rate_percent, flatAmount: flat }));

const group = { key: z.record(z.string(), z.string()) };
const DYNAMIC = { model: { type: 'dynamic' } };

const rated = {
  amount: dec,
  effective_unit_price: dec.optional(),
  effective_unit_price_rounded_to: z.int().optional(),
  tiers_used: z.int().optional(),
  tier_amounts: z.array(z.string()).optional(),
  tier_units: z.array(z.string()).optional(),
};

const percentageInputs = {
  rate_percent: z.string(),
  fixed_per_event: z.string(),
  free_events: z.int().nullable(),
  free_amount: z.string().nullable(),
  units: dec,
  events_count: z.int(),
  running_total: z.array(dec),
  per_event_min: z.string().nullable(),
  per_event_max: z.string().nullable(),
  events: z.array(dec).optional(),
};

const percentageRated = {
  ...rated,
  free_units: z.string().optional(),
  paid_units: z.string().optional(),
  percentage_amount: z.string().optional(),
  free_events: z.int().optional(),
  paid_events: z.int().optional(),
  fixed_amount: z.string().optional(),
};

/** Events whose sums are the running totals stated; the first of the rest holds what is missing to the units. */
function eventsOf(inputs: z.output<z.ZodObject<typeof percentageInputs>>): Dec[] {
  const totals = [...inputs.running_total, inputs.units].slice(0, inputs.events_count);
  const events = totals.map((total, position) => total.minus(totals[position - 1] ?? '0'));
  return [...events, ...Array.from({ length: inputs.events_count - events.length }, () => decimal('0'))];
}

type Expected = z.output<z.ZodObject<typeof rated>>;

/** A price of units, or of whatever the metered usage is, with all its terms. */
function assertRated(price: unknown, metered: Metered, expected: Expected): void {
  const { exact, steps } = rateUsage(usagePrice(price), metered, { currency: EUR });
  assert.equal(printDecimal(exact), printDecimal(expected.amount));
  if (expected.effective_unit_price !== undefined) {
    const { quantity } = metered;
    const each = quantity.isZero() ? decimal(0) : exact.div(quantity);
    const rounded = roundToPlaces(each, expected.effective_unit_price_rounded_to ?? 30);
    assert.equal(printDecimal(rounded), printDecimal(expected.effective_unit_price));
  }
  const tiers = steps.filter((step) => step.kind === 'tier');
  if (expected.tiers_used !== undefined) assert.equal(tiers.length, expected.tiers_used);
  if (expected.tier_amounts !== undefined) {
    const subtotals = tiers.map((step) => step.subtotal);
    assert.deepEqual(subtotals, expected.tier_amounts);
  }
  if (expected.tier_units !== undefined) {
    const quantities = tiers.map((step) => step.quantity);
    assert.deepEqual(quantities, expected.tier_units);
  }
}

const tiered = (type: 'graduated' | 'volume'): Runner =>
  runner(stated({ tiers: z.array(tier), units: dec }, rated), ({ inputs, expected }) =>
    assertRated({ model: { type, tiers: inputs.tiers } }, { quantity: inputs.units }, expected),
  );

const UNITS: Readonly<Record<string, WindowUnit>> = {
  weekly: 'week',
  monthly: 'month',
  quarterly: 'quarter',
  semiannual: 'half_year',
  yearly: 'year',
};

const datesInputs = {
  interval: z.string(),
  billing_time: z.enum(['calendar', 'anniversary']).default('anniversary'),
  pay_in_advance: z.boolean().default(true),
  subscription_at: instant.optional(),
  started_at: instant.optional(),
  timezone: z.string().default('UTC'),
  run_at: instant,
  terminated_at: instant.optional(),
  current_usage: z.boolean().default(false),
  current_period: z.boolean().default(false),
  usage_billed_monthly: z.boolean().default(false),
  day_price_of_period_containing: z.literal('started_at').optional(),
};
type Dates = z.output<z.ZodObject<typeof datesInputs>>;

/** Calendar billing is anchored at the start of a calendar unit, anniversary billing at the subscription's first day. */
function cycleOf(dates: Dates, interval: string): BillingCycle {
  const from = dates.subscription_at ?? dates.started_at;
  const calendarUnit = UNITS[interval];
  assert.ok(from !== undefined && calendarUnit !== undefined);
  const unit = dates.billing_time === 'calendar' ? calendarUnit : 'day';
  const anchor = windowAt(from, unit, dates.timezone).start;
  return { anchor, zone: dates.timezone, ...cadence.parse(interval) };
}

const closes = (dates: Dates): boolean => dates.terminated_at === undefined && !dates.current_usage;

function feePeriod(dates: Dates): Period {
  const cycle = cycleOf(dates, dates.interval);
  const index = indexAt(cycle, dates.run_at);
  return fromStart(dates, periodAt(cycle, dates.pay_in_advance || !closes(dates) ? index : index - 1));
}

function wholeUsagePeriod(dates: Dates): Period {
  const cycle = cycleOf(dates, dates.usage_billed_monthly ? 'monthly' : dates.interval);
  const index = indexAt(cycle, dates.run_at);
  return periodAt(cycle, closes(dates) ? index - 1 : index);
}

const usagePeriod = (dates: Dates): Period => fromStart(dates, wholeUsagePeriod(dates));

/** A first period begins on the day the subscription became active. */
function fromStart(dates: Dates, { start, end }: Period): Period {
  if (dates.started_at === undefined) return { start, end };
  const first = windowAt(dates.started_at, 'day', dates.timezone).start;
  return { start: Temporal.Instant.compare(first, start) > 0 ? first : start, end };
}

const lastSecond = (period: Period): string => period.end.subtract({ seconds: 1 }).toString();
const daysOf = (period: Period): number => Math.round(Number(nanosecondsOf(period)) / 86_400e9);
const containing = (dates: Dates, at: Temporal.Instant): Period => {
  const cycle = cycleOf(dates, dates.interval);
  return periodAt(cycle, indexAt(cycle, at));
};

const date = (name: string, find: (dates: Dates) => string | number): Runner =>
  runner(stated(datesInputs, { [name]: z.union([z.string(), z.number()]) }), ({ inputs, expected }) =>
    assert.equal(find(inputs), expected[name]),
  );

const spans = { fee_period: z.array(z.string()), usage_period: z.array(z.string()).optional() };

/** The usage of a first period starts with the second the subscription starts, which a day does not show. */
const run: Runner = runner(
  stated(datesInputs, { ...spans, fee_cents: z.int().optional() }),
  ({ inputs, expected }) => {
    const fee = feePeriod(inputs);
    assert.deepEqual([fee.start.toString(), lastSecond(fee)], expected.fee_period);
    if (expected.usage_period === undefined) return;
    const usage = usagePeriod(inputs);
    const started = inputs.started_at ?? usage.start;
    const start = Temporal.Instant.compare(started, usage.start) > 0 ? started : usage.start;
    assert.deepEqual([start.toString(), lastSecond(usage)], expected.usage_period);
  },
);

export const lagoFacts: Runners = {
  ...lagoFeeFacts,
  ...lagoUsageFacts,

  'charge_model.graduated': tiered('graduated'),
  'charge_model.volume': tiered('volume'),

  'charge_model.package': runner(
    stated(
      { package_price: z.string(), package_size: z.string(), free_units: z.string(), units: dec },
      rated,
    ),
    ({ inputs, expected }) => {
      const model = { type: 'package', amount: inputs.package_price, size: inputs.package_size };
      const free = inputs.free_units === '0' ? {} : { freeUnits: { quantity: inputs.free_units } };
      assertRated({ model, ...free }, { quantity: inputs.units }, expected);
    },
  ),

  'charge_model.graduated_percentage': runner(
    stated({ tiers: z.array(percentTier), units: dec }, rated),
    ({ inputs, expected }) =>
      assertRated(
        { model: { type: 'graduated_percentage', tiers: inputs.tiers } },
        { quantity: inputs.units },
        expected,
      ),
  ),

  'charge_model.percentage': runner(stated(percentageInputs, percentageRated), ({ inputs, expected }) => {
    const positive = (text: string | null): string | undefined =>
      text === null || decimal(text).isZero() ? undefined : text;
    const model = {
      type: 'percentage',
      ratePercent: inputs.rate_percent,
      fixedAmount: inputs.fixed_per_event,
      freeEvents: inputs.free_events ?? undefined,
      freeAmount: positive(inputs.free_amount),
      eventMinimum: inputs.per_event_min ?? undefined,
      eventMaximum: inputs.per_event_max ?? undefined,
    };
    const metered = {
      quantity: inputs.units,
      paidEvents: BigInt(inputs.events_count),
      events: inputs.events ?? eventsOf(inputs),
    };
    assertRated({ model }, metered, expected);
    const [share, fees] = rateUsage(usagePrice({ model }), metered, { currency: EUR }).steps;
    const base = share?.kind === 'percentage' ? share.base : undefined;
    if (expected.percentage_amount !== undefined) assert.equal(share?.subtotal, expected.percentage_amount);
    if (expected.fixed_amount !== undefined) assert.equal(fees?.subtotal, expected.fixed_amount);
    if (expected.paid_units !== undefined) assert.equal(base, expected.paid_units);
    if (expected.free_units !== undefined) {
      assert.equal(printDecimal(inputs.units.minus(base ?? '0')), expected.free_units);
    }
    const paid = fees?.kind === 'event_fees' ? Number(fees.events) : undefined;
    if (expected.paid_events !== undefined) assert.equal(paid, expected.paid_events);
    if (expected.free_events !== undefined) {
      assert.equal(inputs.events_count - (paid ?? 0), expected.free_events);
    }
  }),

  'charge_model.dynamic': runner(
    stated({ units: dec, sum_of_event_amounts_cents: dec }, rated),
    ({ inputs, expected }) =>
      assertRated(
        DYNAMIC,
        { quantity: inputs.units, eventAmount: inputs.sum_of_event_amounts_cents.div(100) },
        expected,
      ),
  ),

  'charge_model.grouped_dynamic': runner(
    stated(
      { groups: z.array(z.strictObject({ ...group, units: dec, sum_of_event_amounts_cents: dec })) },
      { groups: z.array(z.strictObject({ ...group, effective_unit_price: dec })) },
    ),
    ({ inputs, expected }) => {
      const prices = inputs.groups.map(({ key, units, sum_of_event_amounts_cents }) => {
        const metered = { quantity: units, eventAmount: sum_of_event_amounts_cents.div(100) };
        const { exact } = rateUsage(usagePrice(DYNAMIC), metered, { currency: EUR });
        return { key, effective_unit_price: exact.div(units) };
      });
      assert.deepEqual(prices, expected.groups);
    },
  ),

  'charge_model.grouped_standard': runner(
    stated(
      { unit_price: z.string(), groups: z.array(z.strictObject({ ...group, units: dec })) },
      { groups: z.array(z.strictObject({ ...group, amount: z.string() })) },
    ),
    ({ inputs, expected }) => {
      const cells = [{ when: { cloud: 'nowhere' }, unitAmount: '0' }];
      const price = usagePrice({ model: { type: 'matrix', cells, defaultUnitAmount: inputs.unit_price } });
      const groups = inputs.groups.map(({ key, units }) => ({ values: key, quantity: units }));
      const quantity = sumDecimals(groups.map((each) => each.quantity));
      const { steps } = rateUsage(price, { quantity, groups }, { currency: EUR });
      assert.deepEqual(
        steps.map((step) => step.kind === 'group' && { key: step.values, amount: step.subtotal }),
        expected.groups,
      );
    },
  ),

  'charge.minimum_spend': runner(
    stated(
      {
        minimum_cents: z.int(),
        used_cents: z.int(),
        period_days: z.int().default(1),
        active_days: z.int().default(1),
      },
      {
        true_up_cents: z.int().nullable(),
        true_up_precise_cents: z.string().optional(),
        tax_rate_percent: z.int().default(0),
        true_up_tax_cents: z.int().optional(),
        invoice_fees_cents: z.int().optional(),
        invoice_tax_cents: z.int().optional(),
        invoice_total_cents: z.int().optional(),
      },
    ),
    ({ inputs, expected }) => {
      const model = { type: 'per_unit', unitAmount: '0.01' };
      const price = usagePrice({ model, minimum: printDecimal(decimal(inputs.minimum_cents).div(100)) });
      const share = firstDays(inputs.active_days, inputs.period_days);
      const rated = rateUsage(price, { quantity: decimal(inputs.used_cents) }, { currency: EUR, share });
      assert.equal(rated.amount - rated.listed, BigInt(expected.true_up_cents ?? 0));
      if (expected.invoice_fees_cents === undefined) return;
      const taxOf = (cents: bigint): number =>
        roundToPlaces(decimal(cents).times(expected.tax_rate_percent).div(100), 0).toNumber();
      const tax = taxOf(rated.amount);
      assert.deepEqual(
        [Number(rated.amount), taxOf(rated.amount - rated.listed), tax, Number(rated.amount) + tax],
        [
          expected.invoice_fees_cents,
          expected.true_up_tax_cents,
          expected.invoice_tax_cents,
          expected.invoice_total_cents,
        ],
      );
    },
  ),

  'metric.rounding': runner(
    stated(
      { units: dec, function: z.enum(['ceil', 'floor']), precision: z.int().nullable() },
      { units: z.string() },
    ),
    ({ inputs, expected }) => {
      const rounding = inputs.function === 'ceil' ? 'up' : 'down';
      const decimals = inputs.precision ?? 0;
      const converted = convert({ operation: 'multiply', factor: '1', rounding, decimals }, inputs.units);
      assert.equal(printDecimal(converted), expected.units);
    },
  ),

  'billing_dates.fee_period_start': date('fee_period_start', (dates) => feePeriod(dates).start.toString()),
  'billing_dates.fee_period_end': date('fee_period_end', (dates) => lastSecond(feePeriod(dates))),
  'billing_dates.usage_period_start': date('usage_period_start', (dates) =>
    usagePeriod(dates).start.toString(),
  ),
  'billing_dates.usage_period_end': date('usage_period_end', (dates) => lastSecond(usagePeriod(dates))),
  'billing_dates.usage_period_days': date('usage_period_days', (dates) => daysOf(wholeUsagePeriod(dates))),
  'billing_dates.end_of_period_containing_run': date('end_of_period_containing_run', (dates) =>
    lastSecond(containing(dates, dates.run_at)),
  ),
  'billing_dates.previous_period_start': date('previous_period_start', (dates) => {
    const cycle = cycleOf(dates, dates.interval);
    const index = indexAt(cycle, dates.run_at);
    return periodAt(cycle, dates.current_period ? index : index - 1).start.toString();
  }),
  'billing_dates.price_divisor_days': date('price_divisor_days', (dates) => {
    const cycle = cycleOf(dates, dates.interval);
    if (dates.day_price_of_period_containing === 'started_at' && dates.started_at !== undefined) {
      return daysOf(containing(dates, dates.started_at));
    }
    const index = indexAt(cycle, dates.run_at);
    return daysOf(periodAt(cycle, dates.pay_in_advance ? index : index - 1));
  }),
  'billing_run.anniversary_in_advance': run,
  'billing_run.month_end_anchor': run,
};
