// Owns random prices, quantities and cycles for the laws. Every value is one that the borders would take.
import fc from 'fast-check';
import { type BillingCycle, INTERVALS } from '#actors/calendar/billing-cycle.ts';
import { allCurrencies } from '#actors/money/currency.ts';
import { type Dec, decimal } from '#actors/money/decimal.ts';
import type { PriceModel } from '#actors/pricing/price.ts';
import type { Tier } from '#actors/pricing/tiers.ts';

const digits = (max: number) => fc.bigInt({ min: 0n, max: 10n ** BigInt(max) - 1n });

/** A decimal that is not negative, with up to so many digits before and after the point. */
export const decimalOf = (whole: number, fraction: number): fc.Arbitrary<Dec> =>
  fc
    .tuple(digits(whole), digits(fraction))
    .map(([left, right]) => decimal(`${left}.${right.toString().padStart(fraction, '0')}`));

const amountText = decimalOf(4, 8).map((amount) => amount.toFixed());
const sizeText = decimalOf(3, 2).map((size) => size.plus('0.01').toFixed());

/** Tiers with rising bounds; flat parts only when asked for. */
export const tiersOf = (withFlat: boolean): fc.Arbitrary<readonly Tier[]> =>
  fc
    .array(fc.record({ width: sizeText, unitAmount: amountText, flatAmount: amountText }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => {
      let bound = decimal(0);
      return parts.map(({ width, unitAmount, flatAmount }, position) => {
        bound = bound.plus(width);
        const upTo = position === parts.length - 1 ? null : bound.toFixed();
        return { upTo, unitAmount, ...(withFlat && { flatAmount }) };
      });
    });

export const graduatedOf = (withFlat: boolean): fc.Arbitrary<PriceModel> =>
  tiersOf(withFlat).map((tiers) => ({ type: 'graduated', tiers }));

/** Any price whose cost does not fall when more is used: all but volume. */
export const risingPrice: fc.Arbitrary<PriceModel> = fc.oneof(
  amountText.map((amount): PriceModel => ({ type: 'flat', amount })),
  amountText.map((unitAmount): PriceModel => ({ type: 'per_unit', unitAmount })),
  fc
    .record({ amount: amountText, size: sizeText, rounding: fc.constantFrom('up', 'down', 'nearest') })
    .map((given): PriceModel => ({ type: 'package', ...given })),
  graduatedOf(true),
);

export const anyPrice: fc.Arbitrary<PriceModel> = fc.oneof(
  risingPrice,
  tiersOf(true).map((tiers): PriceModel => ({ type: 'volume', tiers })),
);

export const quantity = decimalOf(5, 4);

export const anyCurrency = fc.constantFrom(...allCurrencies());

/** Zones with clock changes of an hour, of half an hour, at midnight, of a whole day, and none. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
] as const;

export const zone = fc.constantFrom(...zones);

/** Instants of the years 1990 to 2060, in microseconds. */
export const instant = fc
  .bigInt({ min: 631_152_000_000_000n, max: 2_840_140_800_000_000n })
  .map((microseconds) => new Temporal.Instant(microseconds * 1_000n));

export const cycle: fc.Arbitrary<BillingCycle> = fc.record({
  anchor: instant,
  zone,
  interval: fc.constantFrom(...INTERVALS),
  count: fc.integer({ min: 1, max: 12 }),
});
