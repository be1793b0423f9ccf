// Owns how facts of Lago are tried: tiered and package prices, and the dates that billing runs cover.
// Its periods end with their last second; ours are half-open, so a second is taken off before comparing.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type BillingCycle, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { nanosecondsOf, type Period } from '#actors/calendar/period.ts';
import { type WindowUnit, windowAt } from '#actors/calendar/window.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import { rate } from '#actors/pricing/rate.ts';
import { type Runner, type Runners, runner, stated } from './facts.ts';
import { cadence, dec, instant, priceModel } from './shapes.ts';

const EUR = currency('EUR');

const tier = z
  .strictObject({ from: z.string(), to: z.string().nullable(), per_unit: z.string(), flat: z.string() })
  .transform(({ to, per_unit, flat }) => ({ upTo: to, unitAmount: per_unit, flatAmount: flat }));

const rated = {
  amount: dec,
  effective_unit_price: dec.optional(),
  effective_unit_price_rounded_to: z.int().optional(),
  tiers_used: z.int().optional(),
  tier_amounts: z.array(z.string()).optional(),
  tier_units: z.array(z.string()).optional(),
};

type Expected = z.output<z.ZodObject<typeof rated>>;

function assertRated(model: unknown, units: z.output<typeof dec>, expected: Expected): void {
  const { exact, steps } = rate(priceModel(model), units, EUR);
  assert.equal(printDecimal(exact), printDecimal(expected.amount));
  if (expected.effective_unit_price !== undefined) {
    const each = units.isZero() ? decimal(0) : exact.div(units);
    const rounded = roundToPlaces(each, expected.effective_unit_price_rounded_to ?? 30);
    assert.equal(printDecimal(rounded), printDecimal(expected.effective_unit_price));
  }
  const tiers = steps.filter((step) => step.kind === 'tier');
  if (expected.tiers_used !== undefined) assert.equal(tiers.length, expected.tiers_used);
  if (expected.tier_amounts !== undefined) {
    assert.deepEqual(
      tiers.map((step) => step.subtotal),
      expected.tier_amounts,
    );
  }
  if (expected.tier_units !== undefined) {
    assert.deepEqual(
      tiers.map((step) => step.quantity),
      expected.tier_units,
    );
  }
}

const tiered = (type: 'graduated' | 'volume'): Runner =>
  runner(stated({ tiers: z.array(tier), units: dec }, rated), ({ inputs, expected }) =>
    assertRated({ type, tiers: inputs.tiers }, inputs.units, expected),
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
  'charge_model.graduated': tiered('graduated'),
  'charge_model.volume': tiered('volume'),

  'charge_model.package': runner(
    stated(
      { package_price: z.string(), package_size: z.string(), free_units: z.literal('0'), units: dec },
      rated,
    ),
    ({ inputs, expected }) =>
      assertRated(
        { type: 'package', amount: inputs.package_price, size: inputs.package_size },
        inputs.units,
        expected,
      ),
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
