// Owns the plainest computation of what a price with terms makes of usage, in fractions, to hold rating against. It follows
// the decisions and not the code: exact until the one rounding of each part.
import { type Currency, exponentOf } from '#actors/money/currency.ts';
import { printDecimal } from '#actors/money/decimal.ts';
import type { Metered } from '#actors/pricing/metered.ts';
import type { PercentagePrice } from '#actors/pricing/models/percentage.ts';
import type { Conversion } from '#actors/pricing/terms/conversion.ts';
import type { UsageModel } from '#actors/pricing/usage-model.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import {
  ceiling,
  cut,
  dividedBy,
  type Fraction,
  floor,
  fractionOf,
  isLess,
  least,
  minus,
  most,
  NONE,
  plus,
  rounded,
  times,
  total,
} from './fraction.ts';

type Dec = Metered['quantity'];

export type Around = {
  readonly currency: Currency;
  readonly isFinal: boolean;
  /** Served share of the period; absent: all of it. */
  readonly served?: Fraction;
  /** Served share of a term that ends early; absent: all of it. */
  readonly servedOfTerm?: Fraction;
  /** Of a price in a unit of the seller's, in the currency. */
  readonly rate?: Fraction;
  readonly before?: { readonly quantity: Fraction; readonly amount: bigint };
  readonly isTermEnd?: boolean;
};

export type NaiveAmount = {
  /** Of the charge model, in major units. */
  readonly exact: Fraction;
  readonly listed: bigint;
  readonly amount: bigint;
};

const HUNDRED = fractionOf(100n);
const ONE = fractionOf(1n);
const read = (value: Dec): Fraction => fractionOf(printDecimal(value));

/** In minor units: what the model makes, rounded, and that with every term. */
export function naiveAmount(price: UsagePrice, metered: Metered, around: Around): NaiveAmount {
  const places = exponentOf(around.currency);
  const minor = (value: Fraction): bigint => rounded(value, places);
  const major = (value: bigint): Fraction => ({ over: value, under: 10n ** BigInt(places) });
  const parts = naiveParts(price, metered, around);
  const exact = total(parts);
  const rate = around.rate ?? ONE;
  const listed = minor(times(exact, rate));
  const percent = fractionOf(price.discountPercent ?? '0');
  const spend = listed - rounded(dividedBy(times(fractionOf(listed), percent), HUNDRED), 0);
  let amount = spend;
  const kept = dividedBy(minus(HUNDRED, percent), HUNDRED);
  const { commitment } = price;
  if (commitment !== undefined) {
    const over = fractionOf(commitment.overageFactor ?? '1');
    const inTerm = commitment.over === 'term';
    const served = (inTerm ? around.servedOfTerm : around.served) ?? ONE;
    const earlier = inTerm ? (around.before?.amount ?? 0n) : 0n;
    // A quantity shrinks before it is priced.
    const promised = times(fractionOf(commitment.value), price.ratedPer === undefined ? served : ONE);
    const committed =
      commitment.type === 'amount'
        ? promised
        : times(naiveExact(price.model, { ...metered, quantity: cut(promised, 12) }), kept);
    const sides =
      price.ratedPer === undefined
        ? [[major(spend), major(minor(times(committed, rate)) - earlier)] as const]
        : parts.map((part) => [times(times(part, rate), kept), times(committed, rate)] as const);
    const beyond = total(sides.map(([spent, left]) => most(minus(spent, most(left, NONE)), NONE)));
    const missing = total(sides.map(([spent, left]) => most(minus(left, spent), NONE)));
    amount += minor(times(beyond, minus(over, ONE)));
    const ends = around.isFinal && (!inTerm || around.isTermEnd === true);
    if (commitment.trueUp && ends) amount += minor(missing);
  }
  const limit = (value: string): bigint => minor(times(times(fractionOf(value), rate), around.served ?? ONE));
  if (price.maximum !== undefined && amount > limit(price.maximum))
    return { exact, listed, amount: limit(price.maximum) };
  if (price.minimum !== undefined && around.isFinal && amount < limit(price.minimum)) {
    return { exact, listed, amount: limit(price.minimum) };
  }
  return { exact, listed, amount };
}

/** What each window costs, or the period; converted and freed. */
function naiveParts(price: UsagePrice, metered: Metered, around: Around): Fraction[] {
  const reset = price.freeUnits?.reset;
  const byWindow = price.ratedPer !== undefined || ![undefined, 'period', 'never'].includes(reset);
  const metering = byWindow ? (metered.windows ?? []).map(read) : [read(metered.quantity)];
  const { conversion } = price;
  const units =
    conversion === undefined ? metering : metering.map((each) => naiveConverted(conversion, each));
  const charged = naiveCharged(price, units, around);
  const rated = price.ratedPer === undefined ? [total(charged)] : charged;
  return rated.map((quantity) => naiveExact(price.model, { ...metered, quantity }));
}

function naiveConverted({ operation, factor, rounding, decimals }: Conversion, quantity: Fraction): Fraction {
  const by = fractionOf(factor);
  const value = operation === 'divide' ? dividedBy(quantity, by) : times(quantity, by);
  if (rounding === 'none') return cut(value, 30);
  const unit = decimals ?? 0;
  const scale = fractionOf(10n ** BigInt(Math.abs(unit)));
  const scaled = unit >= 0 ? times(value, scale) : dividedBy(value, scale);
  const whole = { up: ceiling, down: floor, nearest: (of: Fraction) => rounded(of, 0) }[rounding](scaled);
  return unit >= 0 ? dividedBy(fractionOf(whole), scale) : times(fractionOf(whole), scale);
}

function naiveCharged({ freeUnits }: UsagePrice, units: readonly Fraction[], around: Around): Fraction[] {
  if (freeUnits === undefined) return [...units];
  const allowance = fractionOf(freeUnits.quantity);
  if (freeUnits.reset !== 'period' && freeUnits.reset !== 'never') {
    return units.map((each) => most(minus(each, allowance), NONE));
  }
  let left =
    freeUnits.reset === 'never'
      ? most(minus(allowance, around.before?.quantity ?? NONE), NONE)
      : around.served === undefined
        ? allowance
        : cut(times(allowance, around.served), 12);
  return units.map((each) => {
    const free = least(left, most(each, NONE));
    left = minus(left, free);
    return minus(most(each, NONE), free);
  });
}

type Given = Omit<Metered, 'quantity'> & { readonly quantity: Fraction };

/** In major units. */
function naiveExact(model: UsageModel, given: Given): Fraction {
  const quantity = most(given.quantity, NONE);
  switch (model.type) {
    case 'flat':
      return fractionOf(model.amount);
    case 'per_unit':
      return times(quantity, fractionOf(model.unitAmount));
    case 'package': {
      const packs = dividedBy(quantity, fractionOf(model.size));
      const whole = { up: ceiling, down: floor, nearest: (of: Fraction) => rounded(of, 0) }[model.rounding](
        packs,
      );
      return times(fractionOf(whole), fractionOf(model.amount));
    }
    case 'graduated':
      return tiered(model, quantity, ({ unitAmount }) => fractionOf(unitAmount ?? '0'));
    case 'graduated_percentage':
      return tiered(model, quantity, ({ ratePercent }) => dividedBy(fractionOf(ratePercent), HUNDRED));
    case 'volume': {
      if (quantity.over === 0n && model.flatAtZero === false) return NONE;
      const tier = model.tiers.find(({ upTo }) => upTo === null || !isLess(fractionOf(upTo), quantity));
      const units = times(quantity, fractionOf(tier?.unitAmount ?? '0'));
      return plus(units, fractionOf(tier?.flatAmount ?? '0'));
    }
    case 'percentage':
      return percentage(model, given);
    case 'dynamic': {
      const base = quantity.over === 0n ? NONE : ((given.eventAmount && read(given.eventAmount)) ?? quantity);
      return times(base, fractionOf(model.multiplier));
    }
    case 'matrix':
      return total(
        (given.groups ?? []).map(({ values, quantity: used }) => {
          const matching = model.cells.filter(({ when }) =>
            Object.entries(when).every(([name, value]) => values[name] === value),
          );
          const size = (when: object): number => Object.keys(when).length;
          const [cell] = matching.toSorted((a, b) => size(b.when) - size(a.when));
          return times(most(read(used), NONE), fractionOf(cell?.unitAmount ?? model.defaultUnitAmount));
        }),
      );
    default:
      return model satisfies never;
  }
}

type Tier = { readonly upTo: string | null; readonly flatAmount?: string };

function tiered<T extends Tier>(
  model: { readonly tiers: readonly T[]; readonly flatAtZero?: boolean },
  quantity: Fraction,
  priceOf: (tier: T) => Fraction,
): Fraction {
  let from = NONE;
  let cost = NONE;
  for (const [position, tier] of model.tiers.entries()) {
    const isReached = isLess(from, quantity) || (position === 0 && model.flatAtZero !== false);
    if (!isReached) break;
    const to = tier.upTo === null ? quantity : least(quantity, fractionOf(tier.upTo));
    cost = plus(cost, plus(times(minus(to, from), priceOf(tier)), fractionOf(tier.flatAmount ?? '0')));
    from = tier.upTo === null ? quantity : fractionOf(tier.upTo);
  }
  return cost;
}

/** Events are not below zero here. */
function percentage(model: PercentagePrice, given: Given): Fraction {
  const share = dividedBy(fractionOf(model.ratePercent), HUNDRED);
  const fixed = fractionOf(model.fixedAmount ?? '0');
  let eventsLeft = model.freeEvents ?? (model.freeAmount === undefined ? 0 : Number.MAX_SAFE_INTEGER);
  let amountLeft = model.freeAmount === undefined ? undefined : fractionOf(model.freeAmount);
  const costs: Fraction[] = [];
  for (const value of (given.events ?? []).map(read)) {
    const isFree = eventsLeft > 0 && (amountLeft === undefined || !isLess(amountLeft, value));
    if (isFree) {
      eventsLeft -= 1;
      amountLeft = amountLeft && minus(amountLeft, value);
      continue;
    }
    const free = eventsLeft > 0 ? (amountLeft ?? NONE) : NONE;
    eventsLeft = 0;
    const cost = plus(times(minus(value, free), share), fixed);
    const raised = most(cost, fractionOf(model.eventMinimum ?? '0'));
    costs.push(model.eventMaximum === undefined ? raised : least(raised, fractionOf(model.eventMaximum)));
  }
  return total(costs);
}
