// Owns what a meter says beyond its aggregation, which settings mean something for which, and their defaults.
import { WINDOW_UNITS, type WindowUnit } from '#actors/calendar/window.ts';
import { parseZone } from '#actors/calendar/zone.ts';
import { parseDecimal } from '#actors/money/decimal.ts';
import type { Aggregation } from './aggregation.ts';

/** How events move the level of a gauge: they set it, change it by their value, or add and remove one distinct value. */
export const LEVELS = ['latest', 'sum', 'unique_count'] as const;

export type Level = (typeof LEVELS)[number];

/** Elapsed time, not calendar time: an hour is 3,600 seconds. */
export const TIME_UNITS = ['second', 'minute', 'hour', 'day'] as const;

export type TimeUnit = (typeof TIME_UNITS)[number];

export const PERCENTILE_METHODS = ['nearest_rank', 'interpolated'] as const;

export type MeterSettings = {
  /** Each value counts so many times: decimal text above zero. */
  readonly multiplier?: string | undefined;
  /** Decimal text above 0, at most 100. */
  readonly percentile?: string | undefined;
  readonly percentileMethod?: (typeof PERCENTILE_METHODS)[number] | undefined;
  /** The aggregate of each calendar window of the period, summed. */
  readonly bucket?: { readonly unit: WindowUnit; readonly zone: string } | undefined;
  /** What was there before the period goes on: a running total, a last value, distinct values that were not removed. */
  readonly carriedOver?: boolean | undefined;
  /** What the level of a time-weighted meter is. */
  readonly level?: Level | undefined;
  /** The unit of time that a time-weighted sum multiplies by. */
  readonly timeUnit?: TimeUnit | undefined;
  /** Property that says `add` (or nothing) or `remove` of a distinct value. */
  readonly operationProperty?: string | undefined;
  /** Property that holds the price of the event in major units. */
  readonly amountProperty?: string | undefined;
  /** Values below zero are taken, as corrections; refused otherwise. */
  readonly acceptsNegative?: boolean | undefined;
};

export type SettingProblem = {
  readonly code: 'setting_unused' | 'setting_missing' | 'invalid_setting';
  readonly name: keyof MeterSettings;
  readonly message: string;
};

type Meant = { readonly aggregation: Aggregation; readonly settings: MeterSettings };

const PER_BUCKET: readonly Aggregation[] = ['sum', 'max', 'min', 'average', 'latest', 'unique_count'];
const LEVELLED: readonly Aggregation[] = ['sum', 'latest', 'unique_count'];

/** How the events of a meter move a level that lasts; undefined for meters that know no level. */
export function levelOf({ aggregation, settings }: Meant): Level | undefined {
  if (isTimeWeighted(aggregation)) return settings.level ?? 'latest';
  if (settings.carriedOver !== true) return undefined;
  return LEVELS.find((level) => level === aggregation);
}

/** Whether the quantity of any period is merged from the rollups of its hours and the facts of its edges. */
export function rollsUp({ aggregation, settings }: Meant): boolean {
  if (settings.bucket !== undefined || settings.carriedOver === true) return false;
  return ['count', 'sum', 'max', 'min', 'latest', 'average'].includes(aggregation);
}

/** What no events make: zero, or null where an aggregation knows none. The sum of no buckets is zero. */
export function zeroOf(meant: Meant): '0' | null {
  const { aggregation, settings } = meant;
  const adds = ['count', 'sum', 'unique_count'].includes(aggregation);
  return adds || settings.bucket !== undefined || isTimeWeighted(aggregation) ? '0' : null;
}

/** Whether events are read as texts of which each is counted once, and not as numbers. */
export function countsTexts({ aggregation, settings }: Meant): boolean {
  return aggregation === 'unique_count' || (isTimeWeighted(aggregation) && settings.level === 'unique_count');
}

/** The settings with the defaults of their aggregation, or the first thing that is wrong with them. */
export function completeSettings(
  aggregation: Aggregation,
  given: MeterSettings,
): MeterSettings | SettingProblem {
  const meant = { aggregation, settings: given };
  const problem = unusedIn(meant) ?? missingIn(meant) ?? invalidIn(given);
  if (problem !== undefined) return problem;
  const weighted = isTimeWeighted(aggregation);
  const complete = {
    ...given,
    ...(aggregation === 'percentile' && { percentileMethod: given.percentileMethod ?? 'nearest_rank' }),
    ...(weighted && { level: given.level ?? 'latest', carriedOver: given.carriedOver ?? true }),
    ...(aggregation === 'time_weighted_sum' && { timeUnit: given.timeUnit ?? 'hour' }),
  };
  return Object.fromEntries(Object.entries(complete).filter(([, value]) => value !== undefined));
}

export function isSettingProblem(result: MeterSettings | SettingProblem): result is SettingProblem {
  return 'code' in result;
}

export function isTimeWeighted(aggregation: Aggregation): boolean {
  return aggregation === 'time_weighted_average' || aggregation === 'time_weighted_sum';
}

function unusedIn(meant: Meant): SettingProblem | undefined {
  const { aggregation, settings } = meant;
  const numbers = aggregation !== 'count' && !countsTexts(meant);
  const weighted = isTimeWeighted(aggregation);
  const used: Record<keyof MeterSettings, boolean> = {
    multiplier: numbers,
    percentile: aggregation === 'percentile',
    percentileMethod: aggregation === 'percentile',
    bucket: PER_BUCKET.includes(aggregation) && settings.carriedOver !== true,
    carriedOver: weighted || LEVELLED.includes(aggregation),
    level: weighted,
    timeUnit: aggregation === 'time_weighted_sum',
    operationProperty: countsTexts(meant) && levelOf(meant) !== undefined,
    amountProperty: true,
    acceptsNegative: numbers,
  };
  const names = Object.keys(used) as (keyof MeterSettings)[];
  const name = names.find((one) => settings[one] !== undefined && !used[one]);
  if (name === undefined) return undefined;
  return { code: 'setting_unused', name, message: `${name} means nothing for this meter` };
}

function missingIn({ aggregation, settings }: Meant): SettingProblem | undefined {
  if (aggregation !== 'percentile' || settings.percentile !== undefined) return undefined;
  return { code: 'setting_missing', name: 'percentile', message: 'which percentile, such as 95' };
}

function invalidIn({ multiplier, percentile, bucket }: MeterSettings): SettingProblem | undefined {
  const invalid = (name: keyof MeterSettings, message: string): SettingProblem => ({
    code: 'invalid_setting',
    name,
    message,
  });
  if (multiplier !== undefined && !parseDecimal(multiplier)?.greaterThan(0)) {
    return invalid('multiplier', 'must be a decimal above zero');
  }
  const share = percentile === undefined ? undefined : parseDecimal(percentile);
  if (percentile !== undefined && !(share?.greaterThan(0) && share.lessThanOrEqualTo(100))) {
    return invalid('percentile', 'must be a decimal above 0 and at most 100');
  }
  if (bucket === undefined) return undefined;
  if (!WINDOW_UNITS.includes(bucket.unit)) return invalid('bucket', 'has no such unit');
  return parseZone(bucket.zone) === undefined ? invalid('bucket', 'zone must be an IANA name') : undefined;
}
