// Owns which prices of usage fit their meter and the length of a billing period.
import type { Interval } from '#actors/calendar/billing-cycle.ts';
import type { WindowUnit } from '#actors/calendar/window.ts';
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

export function refuseWindows(price: UsagePrice, cycle: Fit['cycle'], at: string): Rejection | undefined {
  const unit = windowOf(price);
  if (unit === undefined) return undefined;
  const windows = (MINUTES[cycle.interval] * cycle.intervalCount) / MINUTES[unit];
  if (windows <= WINDOWS_MAX) return undefined;
  const pointer = price.ratedPer === undefined ? `${at}/freeUnits/reset` : `${at}/ratedPer`;
  return reject('invalid_price', `a period may have at most ${WINDOWS_MAX} windows`, pointer);
}
