// Owns random usage prices of every model with any terms that the border takes, and events that they can be rated on.
import fc from 'fast-check';
import { type Dec, decimal, sumDecimals } from '#actors/money/decimal.ts';
import type { Metered, MeteredGroup } from '#actors/pricing/metered.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { anyPrice, decimalOf, tiersOf } from './arbitrary-prices.ts';

/** Decimal text above zero. */
export const positiveText = (whole: number, fraction: number): fc.Arbitrary<string> =>
  fc
    .tuple(decimalOf(whole, fraction), fc.constant(`0.${'1'.padStart(fraction, '0')}`))
    .map(([value, step]) => value.plus(step).toFixed());

const text = (whole: number, fraction: number) => decimalOf(whole, fraction).map((value) => value.toFixed());

/** An object with the field, or without it. */
const optional = <T>(name: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : { [name]: found }));

const all = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((found) => Object.assign({}, ...found));

const REGIONS = ['eu', 'us', 'ap'];
const SIZES = ['s', 'l'];

const percentage = all(
  fc.record({ type: fc.constant('percentage'), ratePercent: text(2, 4) }),
  optional('fixedAmount', text(1, 3)),
  optional('freeEvents', fc.integer({ min: 1, max: 5 })),
  optional('freeAmount', positiveText(3, 2)),
  optional('eventMinimum', text(1, 2)),
  optional(
    'eventMaximum',
    text(2, 2).map((max) => decimal(max).plus(10).toFixed()),
  ),
);
const graduatedPercentage = tiersOf(true).map((tiers) => ({
  type: 'graduated_percentage',
  tiers: tiers.map(({ unitAmount = '0', ...tier }) => ({ ...tier, ratePercent: unitAmount })),
}));
const dynamic = positiveText(1, 3).map((multiplier) => ({ type: 'dynamic', multiplier }));
const matrix = fc.record({
  type: fc.constant('matrix'),
  cells: fc.array(
    fc.record({
      when: all(optional('region', fc.constantFrom(...REGIONS)), fc.constant({ size: 's' })),
      unitAmount: text(2, 5),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  defaultUnitAmount: text(2, 5),
});

const modelJson: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: anyPrice },
  percentage,
  graduatedPercentage,
  dynamic,
  matrix,
);

const conversion = all(
  fc.record({
    operation: fc.constantFrom('divide', 'multiply'),
    factor: positiveText(3, 2),
    rounding: fc.constantFrom('none', 'up', 'down', 'nearest'),
  }),
  optional('decimals', fc.integer({ min: -2, max: 3 })),
);
const freeUnits = fc.record({
  quantity: positiveText(3, 2),
  reset: fc.constantFrom('period', 'never', 'day'),
});
const commitment = fc.oneof(
  all(committed(), fc.constant({ over: 'period' })),
  all(committed(), fc.record({ over: fc.constant('term'), periods: fc.integer({ min: 2, max: 12 }) })),
);

function committed(): fc.Arbitrary<object> {
  return all(
    fc.record({
      type: fc.constantFrom('amount', 'quantity'),
      value: positiveText(4, 2),
      trueUp: fc.boolean(),
    }),
    optional(
      'overageFactor',
      decimalOf(1, 2).map((value) => value.plus('1.01').toFixed()),
    ),
  );
}

const terms: readonly fc.Arbitrary<object>[] = [
  optional('ratedPer', fc.constant('day')),
  optional('conversion', conversion),
  optional('freeUnits', freeUnits),
  optional('discountPercent', text(2, 2)),
  optional('commitment', commitment),
  optional('maximum', positiveText(5, 2)),
  optional('minimum', positiveText(2, 2)),
];

/** Any model, any terms: what the border refuses is left out term by term. */
export const anyUsagePrice: fc.Arbitrary<UsagePrice> = fc
  .tuple(modelJson, fc.tuple(...terms))
  .map(([model, some]) =>
    some.reduce<object>(
      (price, term) => ('model' in parse({ ...price, ...term }) ? { ...price, ...term } : price),
      { model },
    ),
  )
  .map(parse)
  .filter((read): read is UsagePrice => 'model' in read);

function parse(json: object): ReturnType<typeof parseUsagePrice> {
  return parseUsagePrice(json);
}

/** One event as prices see it: its value, its own price, its dimensions, and the day of the period it falls on. */
export type PricedEvent = {
  readonly value: Dec;
  readonly price: Dec;
  readonly region: string | undefined;
  readonly size: string | undefined;
  readonly day: number;
};

/** Days of the period. */
const DAYS = 4;

export const pricedEvent: fc.Arbitrary<PricedEvent> = fc.record({
  value: decimalOf(3, 3),
  price: decimalOf(2, 2),
  region: fc.constantFrom(...REGIONS, undefined),
  size: fc.constantFrom(...SIZES, undefined),
  day: fc.nat(DAYS - 1),
});

/** The events, the first of them exactly at a bound of the price where it has any: there errors live. */
export function atBound(
  price: UsagePrice,
  events: readonly PricedEvent[],
  pick: number,
): readonly PricedEvent[] {
  const bounds = [...JSON.stringify(price).matchAll(/"(?:upTo|freeAmount|size|quantity)":"([\d.]+)"/g)];
  const [, bound] = bounds[pick % bounds.length] ?? [];
  const [first] = events;
  if (bound === undefined || first === undefined) return events;
  return [{ ...first, value: decimal(bound) }, ...(pick % 3 === 0 ? events.slice(1) : [])];
}

/** Everything that a price can be rated on, from the same events. */
export function meteredOf(events: readonly PricedEvent[]): Metered {
  const quantityOf = (some: readonly PricedEvent[]): Dec => sumDecimals(some.map(({ value }) => value));
  const groups = Map.groupBy(events, ({ region, size }) => JSON.stringify({ region, size }));
  return {
    quantity: quantityOf(events),
    paidEvents: BigInt(events.length),
    events: events.map(({ value }) => value),
    eventAmount: sumDecimals(events.map(({ price }) => price)),
    groups: [...groups].map(
      ([values, some]): MeteredGroup => ({ values: JSON.parse(values), quantity: quantityOf(some) }),
    ),
    windows: Array.from({ length: DAYS }, (_, day) =>
      quantityOf(events.filter((event) => event.day === day)),
    ),
  };
}
