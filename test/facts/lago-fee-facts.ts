// Owns how Lago's facts on shares of fees are tried: what part of a period costs, to the fraction of a cent.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { laterOf } from '#actors/calendar/instants.ts';
import { fraction, type Period, period, prorate } from '#actors/calendar/period.ts';
import { type WindowUnit, windowAt } from '#actors/calendar/window.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';
import { oneOf, type Runner, type Runners, runner, stated } from './facts.ts';
import { day, dec, instant } from './shapes.ts';

const EUR = currency('EUR');
const UNITS: Readonly<Record<string, WindowUnit>> = { weekly: 'week', monthly: 'month', yearly: 'year' };

/** The whole period of the calendar that an instant is in. */
function wholeAt(at: Temporal.Instant, interval: string): Period {
  const unit = UNITS[interval];
  assert.ok(unit, interval);
  return windowAt(at, unit, 'UTC');
}

const midnight = (at: Temporal.Instant): Temporal.Instant => windowAt(at, 'day', 'UTC').start;

const plan = {
  plan_cents: z.int(),
  interval: z.string(),
  billing_time: z.literal('calendar'),
  pay_in_advance: z.boolean(),
  started_at: instant,
};

/** Days of the period as stated, the last one included; the days of a trial are not served for money. */
const fee: Runner = runner(
  stated(
    {
      ...plan,
      period: z.tuple([day, day]),
      trial_days: z.int().default(0),
      terminated: z.literal(true).optional(),
      has_next_subscription: z.literal(true).optional(),
    },
    { amount_cents: z.int(), precise_cents: dec },
  ),
  ({ inputs, expected }) => {
    const [first, last] = inputs.period;
    const trialEnd = midnight(inputs.started_at).add({ hours: 24 * inputs.trial_days });
    const service = period(
      inputs.trial_days === 0 ? first : laterOf(first, trialEnd),
      last.add({ hours: 24 }),
    );
    const full = wholeAt(first, inputs.interval);
    const amount = prorateFee(decimal(inputs.plan_cents).div(100), { service, full, currency: EUR });
    assert.equal(amount, BigInt(expected.amount_cents));
    // The source states sixteen digits of a binary fraction.
    const exact = prorate(decimal(inputs.plan_cents), service, full);
    assert.equal(
      printDecimal(roundToPlaces(exact, 10)),
      printDecimal(roundToPlaces(expected.precise_cents, 10)),
    );
  },
);

const feeWithTax: Runner = runner(
  stated(
    { ...plan, period_days: z.int(), billed_days: z.int(), tax_rate_percent: z.int() },
    { total_with_tax_cents: z.int() },
  ),
  ({ inputs, expected }) => {
    const full = wholeAt(inputs.started_at, inputs.interval);
    const service = period(midnight(inputs.started_at), full.end);
    const amount = prorateFee(decimal(inputs.plan_cents).div(100), { service, full, currency: EUR });
    const tax = roundToPlaces(decimal(amount).times(inputs.tax_rate_percent).div(100), 0);
    assert.equal(printDecimal(tax.plus(decimal(amount))), String(expected.total_with_tax_cents));
  },
);

export const lagoFeeFacts: Runners = {
  'subscription_fee.proration': oneOf([fee, feeWithTax]),

  'commitment.proration_coefficient': runner(
    stated({ from: day, to: day, interval: z.string() }, { coefficient: dec }),
    ({ inputs, expected }) => {
      const share = fraction(
        period(inputs.from, inputs.to.add({ hours: 24 })),
        wholeAt(inputs.from, inputs.interval),
      );
      assert.equal(
        printDecimal(roundToPlaces(share, 15)),
        printDecimal(roundToPlaces(expected.coefficient, 15)),
      );
    },
  ),
};
