// Owns what a price makes of a customer's events, the slow and obvious way: one quantity, one tariff, then each term in turn,
// each rounded once. Independent of the engine: imports nothing of it but types of this folder, and plain decimals.
import { Decimal } from 'decimal.js';
import type { Tariff, UsageFact, UsagePrice } from './accepted.ts';

const Exact = Decimal.clone({ precision: 60 });
/** A quotient is a quantity of so many places. */
const QUOTIENT_PLACES = 18;
const ALLOWANCE_PLACES = 12;

/** `full` is the period as it was meant, `end` where it ended. */
export type Served = {
  readonly start: Temporal.Instant;
  readonly end: Temporal.Instant;
  readonly full: Temporal.Instant;
};

/** Minor units that a usage price costs for a period that is over. */
export function costOf(price: UsagePrice, events: readonly UsageFact[], served: Served): Decimal {
  const { freeUnits, discountPercent, commitment, maximum, minimum } = price.terms;
  const share = shareOf(served);
  let quantity = quantityOf(price, events, served);
  if (freeUnits !== undefined) {
    const free = new Exact(freeUnits.quantity).times(share).toDecimalPlaces(ALLOWANCE_PLACES);
    quantity = Exact.max(quantity.minus(free), 0);
  }
  let amount = minor(tariffOf(price.tariff, quantity));
  if (discountPercent !== undefined) amount = amount.minus(whole(amount.times(discountPercent).div(100)));
  if (commitment !== undefined) {
    const promised = minor(new Exact(commitment.value).times(share));
    const beyond = Exact.max(amount.minus(promised), 0);
    const missing = Exact.max(promised.minus(amount), 0);
    amount = amount.plus(whole(beyond.times(new Exact(commitment.overageFactor).minus(1))));
    if (commitment.trueUp) amount = amount.plus(whole(missing));
  }
  const most = maximum === undefined ? amount : minor(new Exact(maximum).times(share));
  if (amount.greaterThan(most)) return most;
  const least = minimum === undefined ? amount : minor(new Exact(minimum).times(share));
  return Exact.max(amount, least);
}

/** Of the fee of a period: never a part, whenever the agreement ends. */
export function feeOf(amount: string, seats: string, discountPercent: string | undefined): Decimal {
  const full = minor(new Exact(amount).times(seats));
  return discountPercent === undefined ? full : full.minus(whole(full.times(discountPercent).div(100)));
}

/** By elapsed time. */
function shareOf({ start, end, full }: Served): Decimal {
  const since = (to: Temporal.Instant): Decimal =>
    new Exact(String(to.epochNanoseconds - start.epochNanoseconds));
  return since(end).div(since(full));
}

function quantityOf(price: UsagePrice, events: readonly UsageFact[], { start, end }: Served): Decimal {
  const counted = events
    .filter(({ type, value }) => type === price.eventType && value !== undefined)
    .map((event) => ({
      ...event,
      time: Temporal.Instant.from(event.at),
      amount: new Exact(event.value ?? 0),
    }))
    .filter(({ time }) => !isBefore(time, start) && isBefore(time, end))
    .sort((a, b) => Temporal.Instant.compare(a.time, b.time));
  const amounts = counted.map(({ amount }) => amount);
  if (amounts.length === 0) return new Exact(0);
  const sum = amounts.reduce((all, one) => all.plus(one), new Exact(0));
  switch (price.quantity) {
    case 'sum':
      return sum;
    case 'count':
      return new Exact(amounts.length);
    case 'max':
      return Exact.max(...amounts);
    case 'min':
      return Exact.min(...amounts);
    case 'latest':
      return amounts.at(-1) ?? new Exact(0);
    case 'average':
      return sum.div(amounts.length).toDecimalPlaces(QUOTIENT_PLACES, Decimal.ROUND_HALF_UP);
    case 'unique_count':
      return new Exact(new Set(counted.map(({ label }) => label)).size);
    default:
      return price.quantity satisfies never;
  }
}

/** Major units, unrounded. */
function tariffOf(tariff: Tariff, quantity: Decimal): Decimal {
  switch (tariff.type) {
    case 'per_unit':
      return quantity.times(tariff.unitAmount);
    case 'package':
      return quantity.div(tariff.size).ceil().times(tariff.amount);
    case 'percentage':
      return quantity.times(tariff.ratePercent).div(100);
    case 'volume': {
      const tier = tariff.tiers.find(({ upTo }) => upTo === null || quantity.lessThanOrEqualTo(upTo));
      return quantity.times(tier?.unitAmount ?? 0).plus(tier?.flatAmount ?? 0);
    }
    case 'graduated': {
      let total = new Exact(0);
      let from = new Exact(0);
      for (const { upTo, unitAmount, flatAmount = '0' } of tariff.tiers) {
        const to = upTo === null ? quantity : Exact.min(quantity, upTo);
        if (to.greaterThan(from)) total = total.plus(to.minus(from).times(unitAmount)).plus(flatAmount);
        from = Exact.max(from, to);
      }
      return total;
    }
    default:
      return tariff satisfies never;
  }
}

function minor(major: Decimal): Decimal {
  return whole(major.times(100));
}

/** Half away from zero. */
function whole(amount: Decimal): Decimal {
  return amount.toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
}

function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}
