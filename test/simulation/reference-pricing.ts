// Owns what a price makes of a customer's events, the slow and obvious way: quantities, one tariff, then each term in turn,
// each rounded once. Independent of the engine: imports nothing of it but types of this folder, and plain decimals.
import type { Decimal } from 'decimal.js';
import type {
  AcceptedSubscription,
  Currency,
  Dimension,
  FeePrice,
  Said,
  Terms,
  UsageFact,
  UsagePrice,
} from './accepted.ts';
import {
  type Counted,
  countedBy,
  Exact,
  lengthOf,
  quantityOf,
  type Stretch,
  sumOf,
  windowsOf,
} from './reference-quantity.ts';
import { tariffOf } from './reference-tariff.ts';

const ALLOWANCE_PLACES = 12;
const EXPONENTS: Record<Currency, number> = { USD: 2, JPY: 0, KWD: 3 };

/** `full` is the period as it was meant, `end` where it ended; `rate` is what one of the price's unit costs, or 1. */
type Served = Stretch & {
  readonly full: Temporal.Instant;
  readonly zone: string;
  readonly rate: string;
};

/** Minor units that a usage price costs for a period that is over. `beside` are the prices of the same plan. */
export function costOf(
  price: UsagePrice,
  beside: readonly UsagePrice[],
  { events, served }: { readonly events: readonly UsageFact[]; readonly served: Served },
): Decimal {
  const { tariff, meter, terms, currency } = price;
  const { discountPercent, maximum, minimum, ratedPer } = terms;
  const round = (major: Decimal): Decimal => minor(major, currency);
  const inForce = (amount: string): Decimal =>
    round(new Exact(amount).times(served.rate).times(shareOf(served)));
  const own = partOf(price, beside, countedBy(meter, events));
  const windows = chargedOf(price, own, served);
  const parts = ratedPer === undefined ? [sumOf(windows)] : windows;
  const costs = parts.map((quantity) => tariffOf(tariff, { quantity, meter, own, served }));
  let amount = round(sumOf(costs).times(served.rate));
  if (discountPercent !== undefined) amount = amount.minus(whole(amount.times(discountPercent).div(100)));
  amount = amount.plus(committedOf(price, { costs, amount, served }));
  if (maximum !== undefined && amount.greaterThan(inForce(maximum))) return inForce(maximum);
  return minimum === undefined ? amount : Exact.max(amount, inForce(minimum));
}

/** Of the fee of a period: never a part, whenever the agreement ends. */
export function feeOf(
  { amount, rate, currency }: FeePrice & { readonly rate: string },
  { seats, feeDiscount }: AcceptedSubscription,
): Decimal {
  const full = minor(new Exact(amount).times(seats).times(rate), currency);
  return feeDiscount === undefined ? full : full.minus(whole(full.times(feeDiscount).div(100)));
}

/** Each event has one price of its meter: by priority, then by how much the filter names, then by key. */
function partOf(price: UsagePrice, beside: readonly UsagePrice[], events: readonly Counted[]): Counted[] {
  const sharing = beside.filter(
    ({ meter, currency }) => meter.key === price.meter.key && currency === price.currency,
  );
  const named = ({ terms }: UsagePrice): number => Object.keys(terms.filter?.where ?? {}).length;
  const rank = (one: UsagePrice): number =>
    one.terms.filter === undefined ? -1e9 : one.terms.filter.priority;
  const order = sharing.toSorted(
    (a, b) => rank(b) - rank(a) || named(b) - named(a) || (a.key < b.key ? -1 : 1),
  );
  return events.filter(({ said }) => order.find(({ terms }) => takes(terms, said))?.key === price.key);
}

function takes({ filter }: Terms, said: Said): boolean {
  const where = Object.entries(filter?.where ?? {}) as [Dimension, (string | null)[]][];
  return where.every(([name, values]) => values.includes(said[name] ?? null));
}

/** What is charged of each window, or of the period as one. */
function chargedOf({ meter, terms }: UsagePrice, own: readonly Counted[], served: Served): Decimal[] {
  const { ratedPer, conversion, freeUnits } = terms;
  const reset = freeUnits?.reset ?? 'period';
  const unit = ratedPer ?? (reset === 'period' ? undefined : reset);
  const windows = unit === undefined ? [served] : windowsOf(served, unit, served.zone);
  const used = windows.map((window) => converted(conversion, quantityOf(meter, own, window, served.start)));
  if (freeUnits === undefined) return used;
  const allowance = new Exact(freeUnits.quantity);
  if (reset !== 'period') return used.map((quantity) => Exact.max(quantity.minus(allowance), 0));
  let left = allowance.times(shareOf(served)).toDecimalPlaces(ALLOWANCE_PLACES);
  return used.map((quantity) => {
    const charged = Exact.max(quantity.minus(left), 0);
    left = Exact.max(left.minus(quantity), 0);
    return charged;
  });
}

function converted(conversion: Terms['conversion'], quantity: Decimal): Decimal {
  if (conversion === undefined) return quantity;
  const { operation, factor, rounding } = conversion;
  const units = operation === 'divide' ? quantity.div(factor) : quantity.times(factor);
  if (rounding === 'none') return units.toDecimalPlaces(30);
  if (rounding === 'up') return units.ceil();
  return rounding === 'down' ? units.floor() : whole(units);
}

type Spent = { readonly costs: readonly Decimal[]; readonly amount: Decimal; readonly served: Served };

/** What a commitment adds: to what lies beyond it, and for what is missing. Of a period, or of each window. */
function committedOf(
  { terms, tariff, meter, currency }: UsagePrice,
  { costs, amount, served }: Spent,
): Decimal {
  const { commitment, ratedPer, discountPercent = '0' } = terms;
  if (commitment === undefined) return new Exact(0);
  const kept = new Exact(100).minus(discountPercent).div(100);
  const { type, value, overageFactor, trueUp } = commitment;
  const worth = (share: Decimal): Decimal => {
    const part = new Exact(value).times(share);
    if (type === 'amount') return part.times(served.rate);
    const quantity = part.toDecimalPlaces(ALLOWANCE_PLACES);
    return tariffOf(tariff, { quantity, meter, own: [], served }).times(kept).times(served.rate);
  };
  const one = new Exact(1).times(`1e-${EXPONENTS[currency]}`);
  const spent =
    ratedPer === undefined ? [amount.times(one)] : costs.map((cost) => cost.times(kept).times(served.rate));
  const promised =
    ratedPer === undefined ? minor(worth(shareOf(served)), currency).times(one) : worth(new Exact(1));
  const beyond = sumOf(spent.map((each) => Exact.max(each.minus(promised), 0)));
  const missing = sumOf(spent.map((each) => Exact.max(promised.minus(each), 0)));
  const extra = minor(beyond.times(new Exact(overageFactor).minus(1)), currency);
  return trueUp ? extra.plus(minor(missing, currency)) : extra;
}

/** By elapsed time. */
function shareOf({ start, end, full }: Served): Decimal {
  return lengthOf({ start, end }).div(lengthOf({ start, end: full }));
}

function minor(major: Decimal, currency: Currency): Decimal {
  return whole(major.times(`1e${EXPONENTS[currency]}`));
}

/** Half away from zero. */
function whole(amount: Decimal): Decimal {
  return amount.toDecimalPlaces(0, Exact.ROUND_HALF_UP);
}
