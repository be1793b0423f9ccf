// Owns which prices of usage fit their meter and the length of a billing period.
import type { Interval } from '#actors/calendar/billing-cycle.ts';
import type { WindowUnit } from '#actors/calendar/window.ts';
import { type Currency, exponentOf } from '#actors/money/currency.ts';
import { Decimal, decimal } from '#actors/money/decimal.ts';
import { eventTermOf } from '#actors/pricing/models/percentage.ts';
import { type UsagePrice, windowOf } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { MeterSettings } from '#actors/usage/meter-settings.ts';

export type PricedMeter = {
  readonly id: string;
  readonly aggregation: string;
  readonly dimensions: readonly string[];
  readonly settings: Pick<MeterSettings, 'bucket' | 'carriedOver'>;
};

export type Fit = {
  readonly meter: PricedMeter;
  readonly cycle: { readonly interval: Interval; readonly intervalCount: number };
  /** Pointer to the price in the request. */
  readonly at: string;
};

/** Windows that one period may have: each is read, rated and kept. A month has 44,640 minutes. */
const WINDOWS_MAX = 50_000;

const MINUTES: Readonly<Record<Interval | WindowUnit, number>> = {
  minute: 1,
  hour: 60,
  day: 1_440,
  week: 10_080,
  month: 44_640,
  quarter: 132_480,
  half_year: 264_960,
  year: 527_040,
};

const MONTHS: Readonly<Partial<Record<Interval | WindowUnit, number>>> = {
  month: 1,
  quarter: 3,
  half_year: 6,
  year: 12,
};

/** Undefined when the price fits. */
export function refusePrice(price: UsagePrice, { meter, cycle, at }: Fit): Rejection | undefined {
  return (
    refuseDimensions(price, meter, at) ??
    refuseEventTerms(price, meter, at) ??
    refuseWindows(price, cycle, at)
  );
}

/**
 * What is said of single events needs events that add up to the quantity: that of another meter would be priced on a base
 * of its own, with or without a bound that binds.
 */
export function refuseEventTerms(
  { model }: UsagePrice,
  { aggregation, settings }: Pick<PricedMeter, 'aggregation' | 'settings'>,
  at: string,
): Rejection | undefined {
  const term = model.type === 'percentage' ? eventTermOf(model) : undefined;
  const addsUp = aggregation === 'sum' && settings.bucket === undefined && settings.carriedOver !== true;
  if (term === undefined || addsUp) return undefined;
  const message = `means nothing here: only a sum that begins anew each period, without buckets, is its events`;
  return reject('invalid_price', message, `${at}/model/${term}`);
}

/** Undefined when the meter has every dimension that the price looks at. */
export function refuseDimensions(
  { model, filter }: UsagePrice,
  meter: Pick<PricedMeter, 'dimensions'>,
  at: string,
): Rejection | undefined {
  const foreign = Object.keys(filter?.where ?? {}).find((name) => !meter.dimensions.includes(name));
  if (foreign !== undefined) {
    return reject('invalid_price', `the meter has no dimension ${foreign}`, `${at}/filter/where`);
  }
  if (model.type !== 'matrix') return undefined;
  for (const [position, { when }] of model.cells.entries()) {
    const unknown = Object.keys(when).find((dimension) => !meter.dimensions.includes(dimension));
    if (unknown !== undefined) {
      const pointer = `${at}/model/cells/${position}/when`;
      return reject('invalid_price', `the meter has no dimension ${unknown}`, pointer);
    }
  }
  return undefined;
}

/** An amount that the currency rounds to nothing says something else than what is booked. */
export function refuseVanishing(price: UsagePrice, currency: Currency, at: string): Rejection | undefined {
  const { priceUnit, minimum, maximum, commitment } = price;
  if (priceUnit !== undefined) return undefined;
  const least = new Decimal(10).pow(-exponentOf(currency)).div(2);
  const amounts = {
    minimum,
    maximum,
    'commitment/value': commitment?.type === 'amount' ? commitment.value : undefined,
  };
  for (const [name, value] of Object.entries(amounts)) {
    if (value === undefined || decimal(value).isZero() || decimal(value).greaterThanOrEqualTo(least))
      continue;
    return reject('invalid_price', `${currency} has no amount so small`, `${at}/${name}`);
  }
  return undefined;
}

/** A window shorter than any billing period, and not too many of them. */
export function refuseWindows(price: UsagePrice, cycle: Fit['cycle'], at: string): Rejection | undefined {
  const unit = windowOf(price);
  if (unit === undefined) return undefined;
  const pointer = price.ratedPer === undefined ? `${at}/freeUnits/reset` : `${at}/ratedPer`;
  if (!isShorter(unit, cycle)) {
    return reject('invalid_price', `a ${unit} is not shorter than a billing period`, pointer);
  }
  const windows = (MINUTES[cycle.interval] * cycle.intervalCount) / MINUTES[unit];
  if (windows <= WINDOWS_MAX) return undefined;
  return reject('invalid_price', `a period may have at most ${WINDOWS_MAX} windows`, pointer);
}

/** Months are compared with months, since neither has a length; a day or week with the longest month. */
function isShorter(unit: WindowUnit, { interval, intervalCount }: Fit['cycle']): boolean {
  const [ofWindow, ofPeriod] = [MONTHS[unit], MONTHS[interval]];
  if (ofWindow !== undefined && ofPeriod !== undefined) return ofWindow < ofPeriod * intervalCount;
  return ofPeriod !== undefined || MINUTES[unit] < MINUTES[interval] * intervalCount;
}
