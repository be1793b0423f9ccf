// Owns how Lago's facts on levels are tried: what is held over a period, and what tiers make of it. Usage is in Postgres.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { type Dec, Decimal, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToPlaces } from '#actors/money/rounding.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { convert } from '#actors/pricing/terms/conversion.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { measured, untilSecond } from './counted.ts';
import { type Runner, type Runners, runner, stated } from './facts.ts';
import { dec, instant, usagePrice } from './shapes.ts';

const EUR = currency('EUR');

/** The source rounds what is held over part of a period up, at five places. */
const upAtFive = (value: Dec): string => printDecimal(value.toDecimalPlaces(5, Decimal.ROUND_CEIL));

const CHANGES: Partial<Meter> = {
  aggregation: 'time_weighted_sum',
  settings: { level: 'sum', timeUnit: 'day' },
};

const over = { from: instant, to: instant, period_days: z.int() };
const deltas = z.array(z.tuple([instant, z.string()]));

const weightedSum: Runner = runner(
  stated(
    { ...over, initial: z.string(), deltas },
    { units: dec, rounded_to: z.int().optional(), events_count: z.int().optional() },
  ),
  async ({ inputs, expected }) => {
    const { from, initial, deltas: changes, period_days } = inputs;
    const carried = initial === '0' ? [] : [[from.subtract({ hours: 1 }), initial] as const];
    const meter: Partial<Meter> = { aggregation: 'time_weighted_average', settings: { level: 'sum' } };
    const within = period(from, from.add({ hours: 24 * period_days }));
    const { quantity, eventCount } = await measured(meter, [...carried, ...changes], within);
    const places = expected.rounded_to ?? 18;
    assert.equal(printDecimal(roundToPlaces(quantity, places)), printDecimal(expected.units));
    if (expected.events_count !== undefined) assert.equal(eventCount, expected.events_count);
  },
);

const proratedSum: Runner = runner(
  stated(
    {
      ...over,
      events: deltas,
      mode: z.literal('current_usage').optional(),
      rounding: z.strictObject({ function: z.literal('ceil'), precision: z.int() }).optional(),
    },
    { units: z.string(), current_units: z.string().optional(), events_count: z.int().optional() },
  ),
  async ({ inputs, expected }) => {
    const within = untilSecond(inputs.from, inputs.to);
    const rounded = (units: Dec): string => {
      if (inputs.rounding === undefined) return upAtFive(units);
      const at = { rounding: 'up', decimals: inputs.rounding.precision } as const;
      return printDecimal(convert({ operation: 'multiply', factor: '1', ...at }, units));
    };
    const held = await measured(CHANGES, inputs.events, within);
    assert.equal(rounded(held.quantity.div(inputs.period_days)), expected.units);
    if (expected.current_units !== undefined) {
      const level: Partial<Meter> = { aggregation: 'sum', settings: { carriedOver: true } };
      const { quantity } = await measured(level, inputs.events, within);
      assert.equal(rounded(quantity), expected.current_units);
    }
    if (expected.events_count !== undefined) assert.equal(held.eventCount, expected.events_count);
  },
);

const proratedUnique: Runner = runner(
  stated(
    {
      ...over,
      events: z.array(z.tuple([instant, z.enum(['add', 'remove']), z.string()])),
      upgraded_at: instant.optional(),
    },
    { units: z.string(), rounded: z.literal('ceil to 5 decimals') },
  ),
  async ({ inputs, expected }) => {
    const meter: Partial<Meter> = {
      aggregation: 'time_weighted_sum',
      settings: { level: 'unique_count', timeUnit: 'day', operationProperty: 'op' },
    };
    const events = inputs.events.map(([at, op, n]) => [at, { n, op }] as const);
    const { quantity } = await measured(meter, events, untilSecond(inputs.from, inputs.to));
    assert.equal(upAtFive(quantity.div(inputs.period_days)), expected.units);
  },
);

const tier = z
  .strictObject({ from: z.string(), to: z.string().nullable(), per_unit: z.string(), flat: z.string() })
  .transform(({ to, per_unit, flat }) => ({ upTo: to, unitAmount: per_unit, flatAmount: flat }));
const tiers = { tiers: z.array(tier) };

type Tiers = { readonly type: 'graduated' | 'volume'; readonly tiers: readonly z.output<typeof tier>[] };

/** Units held over part of a period are the quantity, for the choice of the tier as well as for its price. */
function heldCost(model: Tiers, held: Dec): Dec {
  return rateUsage(usagePrice({ model }), { quantity: held }, { currency: EUR }).exact;
}

const each = {
  effective_unit_price: dec,
  effective_unit_price_rounded_to: z.literal(2),
};

function assertEach(amount: Dec, full: Dec, expected: { effective_unit_price: Dec }): void {
  const price = full.isZero() ? decimal(0) : roundToPlaces(amount.div(full), 2);
  assert.equal(printDecimal(price), printDecimal(expected.effective_unit_price));
}

const graduated: Runner = runner(
  stated(
    { ...tiers, event_units: z.array(dec), event_prorated_units: z.array(dec), full_units: dec },
    { amount: dec, amount_rounding: z.literal('round to 2 decimals'), ...each },
  ),
  ({ inputs, expected }) => {
    const amount = heldCost(
      { type: 'graduated', tiers: inputs.tiers },
      sumDecimals(inputs.event_prorated_units),
    );
    assert.equal(printDecimal(roundToPlaces(amount, 2)), printDecimal(expected.amount));
    assertEach(amount, inputs.full_units, expected);
  },
);

const volume: Runner = runner(
  stated({ ...tiers, units: dec, full_units: dec }, { amount: dec, per_unit_total: dec, flat: dec, ...each }),
  ({ inputs, expected }) => {
    const amount = heldCost({ type: 'volume', tiers: inputs.tiers }, inputs.units);
    assert.equal(printDecimal(amount), printDecimal(expected.amount));
    assertEach(amount, inputs.full_units, expected);
  },
);

const crossPeriod: Runner = runner(
  stated(
    {
      deltas_period_one: z.array(z.string()),
      deltas_period_two: z.array(z.string()),
      late_delta_in_period_one_received_in_period_two: z.string(),
    },
    { period_two: z.strictObject({ units: z.string() }) },
  ),
  async ({ inputs, expected }) => {
    const start = Temporal.Instant.from('2026-01-01T00:00:00Z');
    const next = start.add({ hours: 24 * 31 });
    const at = (from: Temporal.Instant) => (delta: string) => [from.add({ hours: 1 }), delta] as const;
    const events = [
      ...inputs.deltas_period_one.map(at(start)),
      ...inputs.deltas_period_two.map(at(next)),
      at(start)(inputs.late_delta_in_period_one_received_in_period_two),
    ];
    const meter: Partial<Meter> = { aggregation: 'sum', settings: { carriedOver: true } };
    const { quantity } = await measured(meter, events, period(next, next.add({ hours: 24 * 28 })));
    assert.equal(printDecimal(quantity), expected.period_two.units);
  },
);

export const lagoUsageFacts: Runners = {
  'aggregation.weighted_sum': weightedSum,
  'aggregation.sum_prorated_recurring': proratedSum,
  'aggregation.unique_count_prorated_recurring': proratedUnique,
  'charge_model.graduated_prorated': graduated,
  'charge_model.volume_prorated': volume,
  'usage.recurring_cross_period': crossPeriod,
};
