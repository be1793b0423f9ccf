// Owns the percentage charge model: a share of the money that events carry, with a fixed part for each event, a free
// part at the start of the period, and bounds for each event.
import { type Dec, Decimal, decimal, printDecimal, sumDecimals, ZERO } from '#actors/money/decimal.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import {
  optionalAmount,
  optionalPositive,
  optionalWhole,
  percentRate,
} from '#actors/pricing/field-values.ts';
import type { Fields } from '#actors/pricing/fields.ts';
import { asked, type Metered } from '#actors/pricing/metered.ts';

/** Amounts are decimal text in major units. */
export type PercentagePrice = {
  readonly type: 'percentage';
  readonly ratePercent: string;
  /** For each event that is not wholly free. */
  readonly fixedAmount?: string;
  /** The first events of the period that cost nothing; with `freeAmount`, whichever ends first. */
  readonly freeEvents?: number;
  /** The first money of the period that costs nothing. */
  readonly freeAmount?: string;
  /** Least and most that one event costs, its fixed part included. */
  readonly eventMinimum?: string;
  readonly eventMaximum?: string;
};

const FREE_EVENTS_MAX = 1_000_000;

export function parsePercentage(fields: Fields): PercentagePrice {
  const fixedAmount = optionalAmount(fields, 'fixedAmount');
  const freeEvents = optionalWhole(fields, 'freeEvents', [1, FREE_EVENTS_MAX]);
  const freeAmount = optionalPositive(fields, 'freeAmount');
  const eventMinimum = optionalAmount(fields, 'eventMinimum');
  const eventMaximum = optionalAmount(fields, 'eventMaximum');
  if (
    eventMinimum !== undefined &&
    eventMaximum !== undefined &&
    decimal(eventMinimum).greaterThan(eventMaximum)
  ) {
    fields.problem('eventMaximum', 'must not be below eventMinimum');
  }
  return {
    type: 'percentage',
    ratePercent: percentRate(fields, 'ratePercent'),
    ...(fixedAmount !== undefined && { fixedAmount }),
    ...(freeEvents !== undefined && { freeEvents }),
    ...(freeAmount !== undefined && { freeAmount }),
    ...(eventMinimum !== undefined && { eventMinimum }),
    ...(eventMaximum !== undefined && { eventMaximum }),
  };
}

/** Whether the price looks at single events and not only at their sum and count. */
export function looksAtEvents(price: PercentagePrice): boolean {
  return [price.freeEvents, price.freeAmount, price.eventMinimum, price.eventMaximum].some(
    (part) => part !== undefined,
  );
}

const EVENT_TERMS = ['fixedAmount', 'freeEvents', 'freeAmount', 'eventMinimum', 'eventMaximum'] as const;

/** The first term that is about single events, whose values then have to make the quantity. */
export function eventTermOf(price: PercentagePrice): (typeof EVENT_TERMS)[number] | undefined {
  return EVENT_TERMS.find((name) => price[name] !== undefined);
}

/**
 * The quantity is money in major units. An event below zero is a correction: it moves the base, but is neither free nor
 * bounded and pays no fixed part. A base below zero costs nothing but the fixed parts.
 */
export function ratePercentage(price: PercentagePrice, metered: Metered): Draft {
  if (!looksAtEvents(price)) {
    const hasFixed = price.fixedAmount !== undefined;
    const count = hasFixed ? asked(metered.paidEvents, 'the number of events') : 0n;
    return rateTogether(price, Decimal.max(metered.quantity, ZERO), decimal(count));
  }
  const paid = paidParts(price, asked(metered.events, 'its single events'));
  if (price.eventMinimum !== undefined || price.eventMaximum !== undefined) return rateEach(price, paid);
  const base = sumDecimals(paid.map((part) => part.base));
  return rateTogether(price, Decimal.max(base, ZERO), decimal(paid.filter((part) => part.isEvent).length));
}

type PaidPart = { readonly base: Dec; readonly isEvent: boolean };

/** What is left of the events after the free part, in their order. */
function paidParts(price: PercentagePrice, events: readonly Dec[]): PaidPart[] {
  let eventsLeft = price.freeEvents ?? (price.freeAmount === undefined ? 0 : Number.POSITIVE_INFINITY);
  let amountLeft = price.freeAmount === undefined ? undefined : decimal(price.freeAmount);
  const paid: PaidPart[] = [];
  for (const value of events) {
    if (value.lessThan(ZERO)) {
      paid.push({ base: value, isEvent: false });
    } else if (eventsLeft > 0 && (amountLeft === undefined || value.lessThanOrEqualTo(amountLeft))) {
      eventsLeft -= 1;
      amountLeft = amountLeft?.minus(value);
    } else {
      // The event on which the free amount ends is free for what was left; after it nothing is free.
      const free = eventsLeft > 0 && amountLeft !== undefined ? amountLeft : ZERO;
      paid.push({ base: value.minus(free), isEvent: true });
      eventsLeft = 0;
    }
  }
  return paid;
}

function rateTogether(price: PercentagePrice, base: Dec, events: Dec): Draft {
  const share = base.times(price.ratePercent).div(100);
  const step = {
    kind: 'percentage',
    base: printDecimal(base),
    ratePercent: price.ratePercent,
    subtotal: printDecimal(share),
  } as const;
  if (price.fixedAmount === undefined) return { exact: share, steps: [step] };
  const fixed = events.times(price.fixedAmount);
  const fees = {
    kind: 'event_fees',
    events: printDecimal(events),
    fixedAmount: price.fixedAmount,
    subtotal: printDecimal(fixed),
  } as const;
  return { exact: share.plus(fixed), steps: [step, fees] };
}

function rateEach(price: PercentagePrice, paid: readonly PaidPart[]): Draft {
  const least = decimal(price.eventMinimum ?? '0');
  const costs = paid.map(({ base, isEvent }) => {
    const share = base.times(price.ratePercent).div(100);
    if (!isEvent) return share;
    const cost = Decimal.max(share.plus(price.fixedAmount ?? '0'), least);
    return price.eventMaximum === undefined ? cost : Decimal.min(cost, decimal(price.eventMaximum));
  });
  const owed = sumDecimals(costs.filter((_, at) => paid[at]?.isEvent === true));
  // As in rateTogether: corrections take shares back, not fixed parts.
  const fixed = decimal(price.fixedAmount ?? '0').times(paid.filter((part) => part.isEvent).length);
  const exact = Decimal.max(sumDecimals(costs), Decimal.min(owed, fixed));
  const step = {
    kind: 'bounded_events',
    events: paid.filter((part) => part.isEvent).length,
    base: printDecimal(sumDecimals(paid.map((part) => part.base))),
    ratePercent: price.ratePercent,
    ...(price.fixedAmount !== undefined && { fixedAmount: price.fixedAmount }),
    ...(price.eventMinimum !== undefined && { minimum: price.eventMinimum }),
    ...(price.eventMaximum !== undefined && { maximum: price.eventMaximum }),
    subtotal: printDecimal(exact),
  } as const;
  return { exact, steps: [step] };
}
