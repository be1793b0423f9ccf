// Owns how facts of OpenMeter are tried: totals of prices, booked differences, proration, allocation, rounding.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { indexAt, periodAt } from '#actors/calendar/billing-cycle.ts';
import { allocate } from '#actors/money/allocate.ts';
import type { Currency } from '#actors/money/currency.ts';
import { type Dec, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { majorUnits, money } from '#actors/money/money.ts';
import { roundToMinor, roundToPlaces } from '#actors/money/rounding.ts';
import { prorateFee } from '#actors/pricing/prorate-fee.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { type Conversion, convert } from '#actors/pricing/terms/conversion.ts';
import { chargeable } from '#actors/pricing/terms/free-units.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Runners, runner, stated } from './facts.ts';
import { currencyCode, dec, instant, instants, usagePrice } from './shapes.ts';

const amount = z.string();
const tier = z.strictObject({
  up_to: z.string().nullable(),
  flat_amount: z.string().nullable(),
  unit_amount: z.string().nullable(),
});

const limits = { min_spend: z.string().optional(), max_spend: z.string().optional() };
const priceShape = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('flat'), amount, payment_term: z.literal('in_arrears') }),
  z.strictObject({ type: z.literal('unit'), unit_amount: amount, ...limits }),
  z.strictObject({ type: z.literal('dynamic'), multiplier: amount, ...limits }),
  z.strictObject({ type: z.literal('package'), package_amount: amount, package_size: amount, ...limits }),
  z.strictObject({
    type: z.literal('tiered'),
    mode: z.enum(['graduated', 'volume']),
    tiers: z.array(tier),
    ...limits,
  }),
]);
const price = priceShape.transform((stating) =>
  usagePrice({
    model: toModel(stating),
    ...('min_spend' in stating && stating.min_spend !== undefined && { minimum: stating.min_spend }),
    ...('max_spend' in stating && stating.max_spend !== undefined && { maximum: stating.max_spend }),
  }),
);

function toModel(stating: z.output<typeof priceShape>): unknown {
  switch (stating.type) {
    case 'flat':
      return { type: 'flat', amount: stating.amount };
    case 'unit':
      return { type: 'per_unit', unitAmount: stating.unit_amount };
    case 'dynamic':
      return { type: 'dynamic', multiplier: stating.multiplier };
    case 'package':
      return { type: 'package', amount: stating.package_amount, size: stating.package_size };
    case 'tiered':
      return {
        type: stating.mode,
        tiers: stating.tiers.map(({ up_to, unit_amount, flat_amount }) => ({
          upTo: up_to,
          ...(unit_amount !== null && { unitAmount: unit_amount }),
          ...(flat_amount !== null && { flatAmount: flat_amount }),
        })),
      };
    default:
      return stating satisfies never;
  }
}

const ROUNDINGS = { none: 'none', ceiling: 'up', floor: 'down', half_up: 'nearest' } as const;
const conversionFields = {
  operation: z.enum(['divide', 'multiply']),
  factor: z.string(),
  rounding: z.enum(['none', 'ceiling', 'floor', 'half_up']),
};
const toConversion = (given: z.output<z.ZodObject<typeof conversionFields>>): Conversion => ({
  operation: given.operation,
  factor: given.factor,
  rounding: ROUNDINGS[given.rounding],
});
const conversion = z.strictObject(conversionFields).transform(toConversion);

const line = z.looseObject({ component: z.string(), total: dec });
const totals = z.looseObject({ total: dec });
const priced = { currency: currencyCode, price };

type Counted = { price: UsagePrice; currency: Currency };

function booked(of: Counted, quantity: Dec, isFinal = true): bigint {
  return rateUsage(of.price, { quantity }, { currency: of.currency, isFinal }).amount;
}

function assertMinor(actual: bigint, expected: Dec, currency: Currency): void {
  assert.equal(printDecimal(majorUnits(money(actual, currency))), printDecimal(expected));
}

const lines = z.strictObject({ lines: z.array(line), line_total_sum: dec });

export const openmeterFacts: Runners = {
  price_total: runner(
    stated({ quantity: dec }, { total: dec }).extend(priced),
    ({ inputs, expected, ...of }) => assertMinor(booked(of, inputs.quantity), expected.total, of.currency),
  ),

  // A line of a split period is what its cumulative quantity costs beyond what was billed before it.
  rate_line: runner(
    z.strictObject({
      ...priced,
      inputs: z.strictObject({
        line_position: z.enum(['whole_period', 'middle_split', 'last_split']),
        quantity: dec,
        quantity_before_line: dec,
        previously_billed_amount: dec.optional(),
        unit_conversion: conversion.optional(),
        unit_conversion_enabled: z.literal(true).optional(),
      }),
      expected: lines,
    }),
    ({ inputs, expected, currency, price: stating }) => {
      const converting = inputs.unit_conversion && { conversion: inputs.unit_conversion };
      const of = { currency, price: { ...stating, ...converting } };
      const before = inputs.quantity_before_line;
      const computed = before.isZero() ? 0n : booked(of, before, false);
      const billed = inputs.previously_billed_amount;
      const earlier = billed === undefined ? computed : roundToMinor(billed, currency);
      const after = booked(of, before.plus(inputs.quantity), inputs.line_position !== 'middle_split');
      assertMinor(after - earlier, expected.line_total_sum, currency);
    },
  ),

  progressive_delta: runner(
    z.strictObject({
      ...priced,
      inputs: z.strictObject({ service_periods: z.int() }),
      expected: z.strictObject({
        phases: z.array(
          z.strictObject({
            period: z.int(),
            cumulative_quantity: dec,
            expected_lines: z.array(line),
            expected_totals: totals,
          }),
        ),
      }),
    }),
    ({ inputs, expected, ...of }) => {
      let before = 0n;
      for (const phase of expected.phases) {
        const after = booked(of, phase.cumulative_quantity, phase.period === inputs.service_periods);
        assertMinor(after - before, phase.expected_totals.total, of.currency);
        before = after;
      }
    },
  ),

  // What late usage adds is a line of the run that finds it, not of the part of the period in which it happened.
  progressive_period_preserving: runner(
    z.strictObject({
      ...priced,
      discounts: z.strictObject({ percentage: z.string() }).optional(),
      inputs: z.strictObject({ service_periods: z.int() }),
      expected: z.strictObject({
        phases: z.array(
          z.strictObject({
            period: z.int(),
            cumulative_quantity_per_period: z.array(dec),
            expected_lines: z.array(line.extend({ corrects_period: z.int().optional() })),
            expected_totals: totals,
          }),
        ),
      }),
    }),
    ({ inputs, expected, discounts, currency, price: stating }) => {
      const cut = discounts && { discountPercent: discounts.percentage };
      const of = { currency, price: { ...stating, ...cut } };
      let before = 0n;
      for (const phase of expected.phases) {
        const cumulative = phase.cumulative_quantity_per_period.at(-1) ?? decimal(0);
        const after = booked(of, cumulative, phase.period === inputs.service_periods);
        assertMinor(after - before, phase.expected_totals.total, currency);
        before = after;
      }
      const corrected = expected.phases.flatMap((phase) => phase.expected_lines);
      assert.ok(corrected.every(({ corrects_period }) => corrects_period === undefined));
    },
  ),

  rated_difference: runner(
    z.strictObject({
      ...priced,
      inputs: z.strictObject({
        previous_quantity: dec,
        current_quantity: dec,
        previous_ignores_min_spend: z.literal(true),
      }),
      expected: z.strictObject({ lines: z.array(line), totals }),
    }),
    ({ inputs, expected, ...of }) => {
      const previous = booked(of, inputs.previous_quantity, false);
      const difference = booked(of, inputs.current_quantity) - previous;
      assertMinor(difference, expected.totals.total, of.currency);
    },
  ),

  usage_discount: runner(
    stated(
      { discount_quantity: z.string(), quantity: dec, quantity_before_line: dec },
      { quantity: dec, quantity_before_line: dec, applied_to_line: dec, applied_before: dec },
    ),
    ({ inputs, expected }) => {
      const free = { quantity: inputs.discount_quantity, reset: 'period' } as const;
      const charged = (quantity: Dec): Dec =>
        sumDecimals(chargeable(free, { windows: [quantity], before: undefined, share: undefined }));
      const before = charged(inputs.quantity_before_line);
      const line = charged(inputs.quantity_before_line.plus(inputs.quantity)).minus(before);
      assert.deepEqual(
        [line, before, inputs.quantity.minus(line), inputs.quantity_before_line.minus(before)].map(
          printDecimal,
        ),
        [
          expected.quantity,
          expected.quantity_before_line,
          expected.applied_to_line,
          expected.applied_before,
        ].map(printDecimal),
      );
    },
  ),

  unit_conversion: runner(
    stated(
      { ...conversionFields, quantity: dec, quantity_before_line: z.literal('0') },
      { quantity: dec, quantity_before_line: z.literal('0') },
    ),
    ({ inputs, expected }) =>
      assert.equal(
        printDecimal(convert(toConversion(inputs), inputs.quantity)),
        printDecimal(expected.quantity),
      ),
  ),

  flat_fee_proration: runner(
    stated(
      { amount: dec, prorate: z.boolean(), service_period: instants, full_period: instants },
      { amount: dec },
    ).extend({ currency: currencyCode }),
    ({ inputs, expected, currency }) => {
      const part = { service: inputs.service_period, full: inputs.full_period, currency };
      const fee = inputs.prorate ? prorateFee(inputs.amount, part) : roundToMinor(inputs.amount, currency);
      assertMinor(fee, expected.amount, currency);
    },
  ),

  currency_rounding: runner(
    stated({ decimals: z.int(), amount: dec }, { amount: dec }).extend({ currency: z.string() }),
    ({ inputs, expected }) => {
      const rounded = roundToPlaces(inputs.amount, inputs.decimals);
      assert.equal(printDecimal(rounded), printDecimal(expected.amount));
    },
  ),

  largest_remainder_allocation: runner(
    stated(
      {
        decimals: z.int(),
        amount: dec,
        weights: z.array(z.strictObject({ key: z.string(), weight: dec })),
        tie_break: z.literal('input_order'),
      },
      { amounts: z.record(z.string(), dec) },
    ).extend({ currency: currencyCode }),
    ({ inputs, expected, currency }) => {
      const parts = allocate(
        roundToMinor(inputs.amount, currency),
        inputs.weights.map(({ weight }) => weight),
      );
      inputs.weights.forEach(({ key }, position) => {
        assertMinor(parts[position] ?? 0n, expected.amounts[key] ?? decimal(0), currency);
      });
    },
  ),

  recurring_period_at: runner(
    stated(
      { anchor: instant, interval: z.literal('P1M'), at: instant },
      { from: z.string(), to: z.string() },
    ),
    ({ inputs, expected }) => {
      const cycle = { anchor: inputs.anchor, zone: 'UTC', interval: 'month', count: 1 } as const;
      const found = periodAt(cycle, indexAt(cycle, inputs.at));
      assert.deepEqual({ from: found.start.toString(), to: found.end.toString() }, expected);
    },
  ),

  calendar_add: runner(
    stated({ start: instant, duration: z.string() }, { result: z.string() }),
    ({ inputs, expected }) => {
      const { months, years } = Temporal.Duration.from(inputs.duration);
      const cycle = {
        anchor: inputs.start,
        zone: 'UTC',
        interval: 'month',
        count: months + 12 * years,
      } as const;
      assert.equal(periodAt(cycle, 0).end.toString(), expected.result);
    },
  ),
};
