// Owns what each charge model makes of a quantity, or of the events behind it, the slow and obvious way. Independent of the
// engine: imports nothing of it but types of this folder, and plain decimals.
import type { Decimal } from 'decimal.js';
import type { Meter, Place, Tariff } from './accepted.ts';
import {
  amountOf,
  type Counted,
  Exact,
  groupsOf,
  quantityOf,
  type Stretch,
  sumOf,
  within,
} from './reference-quantity.ts';

/** `own` are all events that the price counts, also those of other periods. */
type Used = {
  readonly quantity: Decimal;
  readonly meter: Meter;
  readonly own: readonly Counted[];
  readonly served: Stretch;
};

/** Major units, unrounded. */
export function tariffOf(tariff: Tariff, used: Used): Decimal {
  const { quantity } = used;
  switch (tariff.type) {
    case 'per_unit':
      return quantity.times(tariff.unitAmount);
    case 'package':
      return quantity.div(tariff.size).ceil().times(tariff.amount);
    case 'percentage':
      return percentageOf(tariff, used);
    case 'graduated_percentage':
      return graduatedOf(
        tariff.tiers.map(({ upTo, ratePercent }) => ({
          upTo,
          unitAmount: new Exact(ratePercent).div(100).toFixed(),
        })),
        quantity,
      );
    case 'dynamic':
      return dynamicOf(tariff, used);
    case 'matrix':
      return matrixOf(tariff, used);
    case 'volume': {
      const tier = tariff.tiers.find(({ upTo }) => upTo === null || quantity.lessThanOrEqualTo(upTo));
      return quantity.times(tier?.unitAmount ?? 0).plus(tier?.flatAmount ?? 0);
    }
    case 'graduated':
      return graduatedOf(tariff.tiers, quantity);
    default:
      return tariff satisfies never;
  }
}

type Of<T extends Tariff['type']> = Extract<Tariff, { type: T }>;

type Tier = { upTo: string | null; unitAmount: string; flatAmount?: string };

function graduatedOf(tiers: readonly Tier[], quantity: Decimal): Decimal {
  let total = new Exact(0);
  let from = new Exact(0);
  for (const { upTo, unitAmount, flatAmount = '0' } of tiers) {
    const to = upTo === null ? quantity : Exact.min(quantity, upTo);
    if (to.greaterThan(from)) total = total.plus(to.minus(from).times(unitAmount)).plus(flatAmount);
    from = Exact.max(from, to);
  }
  return total;
}

/** What came with the events, or, where nothing does, the money that is metered. */
function dynamicOf({ multiplier }: Of<'dynamic'>, { quantity, meter, own, served }: Used): Decimal {
  if (!quantity.greaterThan(0)) return new Exact(0);
  const sent = within(served, own).map(({ said }) => new Exact(said.price));
  return (meter.amountProperty === undefined ? quantity : sumOf(sent)).times(multiplier);
}

/** Each group of usage takes the cell that names most of its values, then the earlier one. */
function matrixOf({ cells, defaultUnitAmount }: Of<'matrix'>, { meter, own, served }: Used): Decimal {
  return sumOf(
    groupsOf(meter, own).map(([place, events]) => {
      const fitting = cells.filter(({ when }) => isAt(place, when));
      const named = Math.max(...fitting.map(({ when }) => Object.keys(when).length));
      const cell = fitting.find(({ when }) => Object.keys(when).length === named);
      return quantityOf(meter, events, served).times(cell?.unitAmount ?? defaultUnitAmount);
    }),
  );
}

function isAt(place: Place, when: Place): boolean {
  return Object.entries(when).every(([name, value]) => place[name as keyof Place] === value);
}

/** Event by event, in their order: the free part first, then each paid one with its share, its fixed part and its bounds. */
function percentageOf(tariff: Of<'percentage'>, { quantity, meter, own, served }: Used): Decimal {
  const { ratePercent, fixedAmount, freeEvents, freeAmount, eventMinimum, eventMaximum } = tariff;
  const terms = [fixedAmount, freeEvents, freeAmount, eventMinimum, eventMaximum];
  if (terms.every((term) => term === undefined)) return quantity.times(ratePercent).div(100);
  let isFree = freeEvents !== undefined || freeAmount !== undefined;
  let eventsLeft = freeEvents;
  let amountLeft = freeAmount === undefined ? undefined : new Exact(freeAmount);
  const costs = within(served, own).map((event) => {
    const value = amountOf(meter, event);
    let paid = value;
    if (isFree && eventsLeft !== 0 && (amountLeft === undefined || value.lessThanOrEqualTo(amountLeft))) {
      if (eventsLeft !== undefined) eventsLeft -= 1;
      amountLeft = amountLeft?.minus(value);
      return new Exact(0);
    }
    if (isFree && eventsLeft !== 0 && amountLeft !== undefined) paid = value.minus(amountLeft);
    isFree = false;
    const cost = paid
      .times(ratePercent)
      .div(100)
      .plus(fixedAmount ?? 0);
    const least = eventMinimum === undefined ? cost : Exact.max(cost, eventMinimum);
    return eventMaximum === undefined ? least : Exact.min(least, eventMaximum);
  });
  return sumOf(costs);
}
