// Owns how facts of Kill Bill are tried: boundaries counted from a bill cycle day and shares of calendar periods.
// Its days are calendar dates; here they are the midnights of UTC.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type BillingCycle, boundary, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { daysOfThirty } from '#actors/calendar/day-count.ts';
import { compareInstants } from '#actors/calendar/instants.ts';
import { contains, fraction, overlap, type Period, period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { type Dec, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { majorUnits, money } from '#actors/money/money.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';
import { type Runners, runner, stated } from './facts.ts';
import { cadence, day, days, dec } from './shapes.ts';

const EUR = currency('EUR');
const dateOf = (instant: Temporal.Instant): string => instant.toString().slice(0, 10);
const asParts = (share: Dec): string => roundToPlaces(share, 9).toFixed(9);

const cycle = (anchor: Temporal.Instant, billingPeriod: z.output<typeof cadence>): BillingCycle => ({
  anchor,
  zone: 'UTC',
  ...billingPeriod,
});

/** A cycle with a boundary on the bill cycle day of the starting month; a day that month lacks is its last. */
function cycleOnDay(start: Temporal.Instant, cycleDay: number, of: z.output<typeof cadence>): BillingCycle {
  // January has every day, so a monthly cycle from there keeps day 31 through shorter months.
  const january = start.toZonedDateTimeISO('UTC').with({ month: 1, day: cycleDay }).toInstant();
  const monthly = cycle(january, { interval: 'month', count: 1 });
  return of.interval === 'month' && of.count === 1
    ? monthly
    : cycle(boundary(monthly, start.toZonedDateTimeISO('UTC').month - 1), of);
}

/** The part of each period that was billed, by days, each rounded on its own as the source does. */
function shares(of: BillingCycle, billed: Period): Dec {
  const parts: Dec[] = [];
  for (let index = indexAt(of, billed.start); ; index += 1) {
    const whole = periodAt(of, index);
    const part = overlap(whole, billed);
    if (part === undefined) return sumDecimals(parts);
    parts.push(roundToPlaces(fraction(part, whole), 9));
  }
}

/** 0: days as they are; 30: every month has thirty. */
const fixedDays = z.literal([0, 30]);

function share(part: Period, whole: Period, fixed: z.output<typeof fixedDays>): string {
  if (fixed === 0) return asParts(fraction(part, whole));
  return asParts(decimal(daysOfThirty(part, 'UTC')).div(daysOfThirty(whole, 'UTC')));
}

const operation = z.discriminatedUnion('operation', [
  z.strictObject({
    operation: z.enum(['advance', 'recede']),
    date: day,
    billing_period: cadence,
    n: z.int(),
  }),
  z.strictObject({
    operation: z.literal('whole_periods_between'),
    from_date: day,
    to_date: day,
    billing_period: cadence,
  }),
  z.strictObject({
    operation: z.literal('days_between'),
    dates: z.tuple([day, day]),
    billing_period: z.null(),
    proration_fixed_days: z.literal(30),
  }),
  z.strictObject({
    operation: z.literal('leading_proration'),
    billing_period: cadence,
    proration_fixed_days: fixedDays,
    start_date: day,
    next_billing_cycle_date: day,
  }),
  z.strictObject({
    operation: z.literal('trailing_proration'),
    billing_period: cadence,
    proration_fixed_days: fixedDays,
    end_date: day,
    previous_bill_through_date: day,
  }),
]);

function arithmetic(inputs: z.output<typeof operation>): Record<string, unknown> {
  switch (inputs.operation) {
    case 'advance':
      return { date: dateOf(boundary(cycle(inputs.date, inputs.billing_period), inputs.n)) };
    case 'recede':
      return { date: dateOf(boundary(cycle(inputs.date, inputs.billing_period), -inputs.n)) };
    case 'whole_periods_between':
      return { periods: indexAt(cycle(inputs.from_date, inputs.billing_period), inputs.to_date) };
    case 'leading_proration': {
      const whole = periodAt(cycle(inputs.next_billing_cycle_date, inputs.billing_period), -1);
      return {
        proration: share(period(inputs.start_date, whole.end), whole, inputs.proration_fixed_days),
      };
    }
    case 'trailing_proration': {
      const whole = periodAt(cycle(inputs.previous_bill_through_date, inputs.billing_period), 0);
      return {
        proration: share(period(whole.start, inputs.end_date), whole, inputs.proration_fixed_days),
      };
    }
    case 'days_between': {
      const [from, to] = inputs.dates;
      return { days: daysOfThirty(period(from, to), 'UTC') };
    }
    default:
      return inputs satisfies never;
  }
}

export const killbillFacts: Runners = {
  date_arithmetic: runner(
    z.strictObject({ inputs: operation, expected: z.record(z.string(), z.unknown()) }),
    ({ inputs, expected }) => assert.deepEqual(arithmetic(inputs), expected),
  ),

  'billing_day_31.period': runner(
    stated(
      { billing_period: cadence, bill_cycle_day: z.int(), period_start: day },
      { period_end: z.string() },
    ),
    ({ inputs, expected }) => {
      const of = cycleOnDay(inputs.period_start, inputs.bill_cycle_day, inputs.billing_period);
      assert.equal(dateOf(periodAt(of, indexAt(of, inputs.period_start)).end), expected.period_end);
    },
  ),

  'invoice_item.proration': runner(
    stated(
      {
        price: dec,
        full_period: days.or(z.tuple([z.null(), z.null()]).transform(() => undefined)),
        item_period: days,
        kind: z.string(),
        proration_fixed_days: z.literal(30).optional(),
      },
      { amount: dec },
    ),
    ({ inputs, expected }) => {
      const { item_period: service, full_period } = inputs;
      const full = full_period ?? periodAt(cycle(service.start, { interval: 'month', count: 1 }), 0);
      const thirty = inputs.proration_fixed_days && { thirtyDayMonths: { zone: 'UTC' } };
      const part = { service, full, currency: EUR, ...thirty };
      const amount = majorUnits(money(prorateFee(inputs.price, part), EUR));
      const isCredit = inputs.kind.startsWith('credit');
      assert.equal(printDecimal(isCredit ? amount.negated() : amount), printDecimal(expected.amount));
    },
  ),

  // In advance: the whole period that contains the target date is billed, unless the subscription ends before.
  'proration.number_of_cycles': runner(
    stated(
      {
        billing_period: cadence,
        billing_mode: z.literal('IN_ADVANCE'),
        start_date: day,
        end_date: day.nullable(),
        target_date: day,
        bill_cycle_day: z.int(),
      },
      { number_of_cycles: z.string() },
    ),
    ({ inputs, expected }) => {
      const of = cycleOnDay(inputs.start_date, inputs.bill_cycle_day, inputs.billing_period);
      const open = periodAt(of, indexAt(of, inputs.target_date)).end;
      const ended = inputs.end_date !== null && Temporal.Instant.compare(inputs.end_date, open) < 0;
      const until = ended && inputs.end_date !== null ? inputs.end_date : open;
      const billed = { start: inputs.start_date, end: until };
      const total = contains(billed, inputs.start_date) ? shares(of, billed) : decimal(0);
      assert.equal(asParts(total), expected.number_of_cycles);
    },
  ),

  billing_interval: runner(
    stated(
      {
        billing_period: cadence,
        billing_mode: z.enum(['IN_ADVANCE', 'IN_ARREAR']),
        in_arrear_mode: z.literal('DEFAULT'),
        start_date: day,
        end_date: day.nullable(),
        target_date: day.or(z.literal('any-later-date').transform(() => undefined)),
        bill_cycle_day: z.int(),
      },
      {
        first_billing_cycle_date: z.string().optional(),
        last_billing_cycle_date: z.string().optional(),
        effective_end_date: z.string().optional(),
        next_billing_cycle_date: z.string().optional(),
        has_something_to_bill: z.boolean().optional(),
      },
    ),
    ({ inputs, expected }) => {
      const { start_date: start, billing_period: each } = inputs;
      const of =
        each.interval === 'day' ? cycle(start, each) : cycleOnDay(start, inputs.bill_cycle_day, each);
      const found = intervalOf(of, { ...inputs, start });
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(found[name as keyof typeof found], value, name);
      }
    },
  ),
};

type Asked = {
  readonly start: Temporal.Instant;
  readonly end_date: Temporal.Instant | null;
  readonly target_date: Temporal.Instant | undefined;
  readonly billing_mode: 'IN_ADVANCE' | 'IN_ARREAR';
};

/** What is billed on the target date: up to the next boundary in advance, up to the last one or the end in arrears. */
function intervalOf(of: BillingCycle, { start, end_date, target_date, billing_mode }: Asked) {
  const first = periodAt(of, indexAt(of, start));
  const at = target_date ?? first.end;
  const current = periodAt(of, indexAt(of, at));
  const ended = end_date !== null && compareInstants(end_date, at) <= 0 ? end_date : undefined;
  const until = billing_mode === 'IN_ADVANCE' ? current.end : (ended ?? current.start);
  return {
    first_billing_cycle_date: dateOf(first.start.equals(start) ? start : first.end),
    last_billing_cycle_date: dateOf(current.end),
    effective_end_date: dateOf(until),
    next_billing_cycle_date: dateOf(periodAt(of, indexAt(of, until)).end),
    has_something_to_bill: compareInstants(until, start) > 0,
  };
}
