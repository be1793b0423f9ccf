// Owns how Flexprice's facts on calendars, windows and shares of periods are tried, and what one event counts.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type BillingCycle, indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { earlierOf, laterOf } from '#actors/calendar/instants.ts';
import { overlap, type Period, period, prorate } from '#actors/calendar/period.ts';
import { windowAt, windowsOver } from '#actors/calendar/window.ts';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { majorUnits, money } from '#actors/money/money.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';
import { measured } from './counted.ts';
import { type Runners, runner, stated } from './facts.ts';
import { currencyCode, dec, instant } from './shapes.ts';

const at = (text: string, zone: string): Temporal.Instant =>
  Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant();

/** The periods of a cycle that overlap a stretch of time, whole. */
function periodsOver(cycle: BillingCycle, whole: Period): Period[] {
  const found: Period[] = [];
  for (let index = indexAt(cycle, whole.start); ; index += 1) {
    const one = periodAt(cycle, index);
    if (overlap(one, whole) === undefined) return found;
    found.push(one);
  }
}

const item = z.strictObject({ unit: dec, quantity: dec });

const AGGREGATIONS = {
  COUNT: 'count',
  SUM: 'sum',
  COUNT_UNIQUE: 'unique_count',
  SUM_WITH_MULTIPLIER: 'sum',
} as const;

export const flexpriceTimeFacts: Runners = {
  // An allowance of a month comes back with the billing cycle, one of a day with the local day.
  'entitlement.next_reset': runner(
    stated(
      {
        now: instant,
        subscription_start: instant,
        subscription_end: instant.nullable(),
        billing_anchor: instant,
        reset_period: z.enum(['day', 'month']),
        timezone: z.string(),
      },
      { next_reset: z.string().optional(), error: z.literal(true).optional() },
    ),
    ({ inputs, expected }) => {
      const { now, subscription_start, timezone: zone } = inputs;
      const find = (): string => {
        const held = period(subscription_start, now);
        const cycle = { anchor: inputs.billing_anchor, zone, interval: inputs.reset_period, count: 1 };
        const next = periodAt(cycle, indexAt(cycle, held.end)).end;
        return earlierOf(next, inputs.subscription_end ?? next).toString();
      };
      if (expected.error) assert.throws(find, RangeError);
      else assert.equal(find(), expected.next_reset);
    },
  ),

  'time.calendar_days_between': runner(
    stated(
      {
        start_local: z.string(),
        end_local: z.string(),
        timezone: z.string(),
        rule: z.literal('count date fields as given, time of day ignored'),
      },
      { days: z.int() },
    ),
    ({ inputs, expected }) => {
      const zone = inputs.timezone;
      const anchor = windowAt(at(inputs.start_local, zone), 'day', zone).start;
      const daily = { anchor, zone, interval: 'day', count: 1 } as const;
      assert.equal(indexAt(daily, at(inputs.end_local, zone)), expected.days);
    },
  ),

  'credit_grant.prorate': runner(
    stated(
      {
        period_start: instant,
        period_end: instant,
        at: instant,
        credits: dec,
        strategy: z.literal('second'),
        scale: z.int(),
      },
      { credits: dec },
    ),
    ({ inputs, expected }) => {
      const whole = period(inputs.period_start, inputs.period_end);
      const rest = overlap(period(inputs.at, laterOf(inputs.at, whole.end)), whole);
      const share = rest === undefined ? decimal(0) : prorate(inputs.credits, rest, whole);
      assert.equal(printDecimal(roundToPlaces(share, inputs.scale)), printDecimal(expected.credits));
    },
  ),

  'window.starts': runner(
    stated(
      {
        start: instant,
        end: instant,
        size: z.enum(['HOUR', 'DAY', 'MONTH']),
        billing_anchor: instant.nullable(),
        timezone: z.string(),
      },
      { count: z.int(), starts: z.array(z.string()) },
    ),
    ({ inputs, expected }) => {
      const { start, end, billing_anchor: anchor, timezone: zone } = inputs;
      const whole = { start, end };
      const units = { HOUR: 'hour', DAY: 'day', MONTH: 'month' } as const;
      const unit = units[inputs.size];
      const windows =
        anchor === null || unit === 'hour'
          ? windowsOver(whole, { unit, zone })
          : periodsOver({ anchor, zone, interval: unit, count: 1 }, whole);
      assert.deepEqual(
        windows.map((window) => window.start.toString()),
        expected.starts,
      );
      assert.equal(windows.length, expected.count);
    },
  ),

  'proration.change': runner(
    stated(
      {
        period_start: instant,
        period_end: instant,
        at: instant,
        timezone: z.literal('UTC'),
        strategy: z.literal('day_inclusive_both_ends'),
        cadence: z.literal('advance'),
        currency: currencyCode,
        action: z.string(),
        old: item,
        new: item.optional(),
        amount_paid: dec.optional(),
      },
      { net: dec, credits: z.array(dec).optional(), charges: z.array(dec).optional() },
    ),
    ({ inputs, expected }) => {
      const { currency } = inputs;
      const full = period(inputs.period_start, inputs.period_end);
      const service = period(inputs.at, inputs.period_end);
      const restOf = ({ unit, quantity }: z.output<typeof item>): bigint =>
        prorateFee(unit.times(quantity), { service, full, currency });
      const credit = restOf(inputs.old);
      const charge = inputs.new === undefined ? 0n : restOf(inputs.new);
      const text = (minor: bigint): string => printDecimal(majorUnits(money(minor, currency)));
      assert.equal(text(charge - credit), printDecimal(expected.net));
      if (expected.credits !== undefined) {
        assert.equal(text(-credit), printDecimal(sumDecimals(expected.credits)));
      }
      if (expected.charges !== undefined) {
        assert.equal(text(charge), printDecimal(sumDecimals(expected.charges)));
      }
    },
  ),

  'event.quantity': runner(
    stated(
      {
        aggregation: z.strictObject({
          type: z.enum(['COUNT', 'SUM', 'COUNT_UNIQUE', 'SUM_WITH_MULTIPLIER']),
          field: z.string().optional(),
          multiplier: z.string().optional(),
        }),
        properties: z.record(z.string(), z.unknown()),
      },
      { quantity: z.string() },
    ),
    async ({ inputs, expected }) => {
      const { type, field, multiplier } = inputs.aggregation;
      const meter = {
        aggregation: AGGREGATIONS[type],
        ...(field !== undefined && { valueProperty: field }),
        ...(multiplier !== undefined && { settings: { multiplier } }),
      };
      const when = Temporal.Instant.from('2026-01-02T00:00:00Z');
      const within = period(when, when.add({ hours: 1 }));
      const { quantity } = await measured(meter, [[when, inputs.properties]], within);
      assert.equal(printDecimal(quantity), expected.quantity);
    },
  ),
};
