// Owns the plainest recomputation of a meter's quantity from its events, to hold what is read from storage against it.
// Works by its own means: levels are walked in steps, buckets are collected one event at a time.
import { contains, type Period, period } from '#actors/calendar/period.ts';
import { windowAt } from '#actors/calendar/window.ts';
import { type Dec, Decimal, decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import type { Meter } from '#actors/usage/meter.ts';

/** One event as it was meant; `position` is its place in the order of ingest. */
export type NaiveEvent = {
  readonly time: Temporal.Instant;
  readonly position: number;
  readonly received: Temporal.Instant;
  readonly value: string;
  readonly text: string;
  readonly removes: boolean;
  readonly price: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Its text is where another group is: not here, from now on. */
  readonly elsewhere?: boolean;
};

export type NaiveMeter = Pick<Meter, 'aggregation' | 'settings'>;

type Question = {
  readonly within: Period;
  readonly cutoff: Temporal.Instant | null;
  /** Where the period begins that `within` is a window of: a level that is not carried over begins there. */
  readonly since?: Temporal.Instant;
};

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 };

/** The quantity of the events in `within`, as text. */
export function naiveQuantity(meter: NaiveMeter, events: readonly NaiveEvent[], asked: Question): string {
  const seen = inOrder(events, asked.cutoff);
  return printDecimal(isLevel(meter) ? level(meter, seen, asked) : aggregate(meter, seen, asked.within));
}

/** The events that count, in order. */
export function naiveEvents(events: readonly NaiveEvent[], asked: Question): NaiveEvent[] {
  return inOrder(events, asked.cutoff).filter(({ time }) => contains(asked.within, time));
}

function inOrder(events: readonly NaiveEvent[], cutoff: Temporal.Instant | null): NaiveEvent[] {
  return events
    .filter(({ received }) => cutoff === null || Temporal.Instant.compare(received, cutoff) < 0)
    .toSorted((a, b) => Temporal.Instant.compare(a.time, b.time) || a.position - b.position);
}

export function valueOf({ aggregation, settings }: NaiveMeter, event: NaiveEvent): Dec {
  if (aggregation === 'count') return decimal(1);
  if (aggregation === 'unique_count' || settings.level === 'unique_count') {
    const gone = event.elsewhere === true || (settings.operationProperty !== undefined && event.removes);
    return decimal(gone ? 0 : 1);
  }
  return decimal(event.value).times(settings.multiplier ?? '1');
}

/** The events as one group sees them: a text whose level lasts leaves it where an event says it is elsewhere. */
export function ofGroup(
  meter: NaiveMeter,
  events: readonly NaiveEvent[],
  isIn: (event: NaiveEvent) => boolean,
): NaiveEvent[] {
  const moves = isLevel(meter) && (meter.settings.level ?? meter.aggregation) === 'unique_count';
  return moves ? events.map((event) => ({ ...event, elsewhere: !isIn(event) })) : events.filter(isIn);
}

function isLevel({ aggregation, settings }: NaiveMeter): boolean {
  return aggregation.startsWith('time_weighted') || settings.carriedOver === true;
}

function aggregate(meter: NaiveMeter, events: readonly NaiveEvent[], within: Period): Dec {
  const { bucket } = meter.settings;
  const inside = events.filter(({ time }) => contains(within, time));
  if (bucket === undefined) return plain(meter, inside);
  const buckets = Map.groupBy(inside, ({ time }) =>
    windowAt(time, bucket.unit, bucket.zone).start.toString(),
  );
  return sumDecimals([...buckets.values()].map((some) => plain(meter, some)));
}

function plain(meter: NaiveMeter, events: readonly NaiveEvent[]): Dec {
  const values = events.map((event) => valueOf(meter, event));
  const sorted = values.toSorted((a, b) => a.comparedTo(b));
  const last = values.at(-1);
  if (last === undefined) return decimal(0);
  switch (meter.aggregation) {
    case 'count':
      return decimal(values.length);
    case 'sum':
      return sumDecimals(values);
    case 'max':
      return Decimal.max(...values);
    case 'min':
      return Decimal.min(...values);
    case 'average':
      return sumDecimals(values).div(values.length).toDecimalPlaces(18);
    case 'latest':
      return last;
    case 'unique_count':
      return decimal(new Set(events.map(({ text }) => text)).size);
    case 'percentile':
      return percentile(meter, sorted);
    default:
      throw new Error(`${meter.aggregation} is a level`);
  }
}

function percentile({ settings }: NaiveMeter, sorted: readonly Dec[]): Dec {
  const share = decimal(settings.percentile ?? '0').div(100);
  const at = (index: number): Dec => sorted[Math.min(Math.max(index, 0), sorted.length - 1)] ?? decimal(0);
  if (settings.percentileMethod !== 'interpolated')
    return at(share.times(sorted.length).ceil().toNumber() - 1);
  const rank = share.times(sorted.length - 1);
  const below = rank.floor();
  const low = at(below.toNumber());
  return low.plus(
    at(below.toNumber() + 1)
      .minus(low)
      .times(rank.minus(below)),
  );
}

function level(
  meter: NaiveMeter,
  events: readonly NaiveEvent[],
  { within, since = within.start }: Question,
): Dec {
  const { aggregation, settings } = meter;
  const of = settings.level ?? aggregation;
  const carried = settings.carriedOver === true;
  const known = events.filter(
    ({ time }) =>
      Temporal.Instant.compare(time, within.end) < 0 &&
      (carried || Temporal.Instant.compare(time, since) >= 0),
  );
  const series = Map.groupBy(known, ({ dimensions, text }) =>
    JSON.stringify(of === 'unique_count' ? ['text', text] : ['model', dimensions['model']]),
  );
  const held = [...series.values()].map((some) => walk(meter, some, within));
  if (!aggregation.startsWith('time_weighted')) return sumDecimals(held.map(({ end }) => end));
  const area = sumDecimals(held.map((one) => one.area));
  const unit =
    aggregation === 'time_weighted_sum' ? decimal(SECONDS[settings.timeUnit ?? 'hour']) : seconds(within);
  return unit.isZero() ? decimal(0) : area.div(unit).toDecimalPlaces(18);
}

/** Level × seconds from event to event inside the period, and the level at its end. */
function walk(meter: NaiveMeter, events: readonly NaiveEvent[], within: Period): { area: Dec; end: Dec } {
  const adds = (meter.settings.level ?? meter.aggregation) === 'sum';
  let now = decimal(0);
  let since = within.start;
  let area = decimal(0);
  for (const event of events) {
    if (Temporal.Instant.compare(event.time, within.start) > 0) {
      area = area.plus(now.times(seconds(period(since, event.time))));
      since = event.time;
    }
    now = adds ? now.plus(valueOf(meter, event)) : valueOf(meter, event);
  }
  return { area: area.plus(now.times(seconds(period(since, within.end)))), end: now };
}

function seconds({ start, end }: Period): Dec {
  return decimal(end.epochNanoseconds - start.epochNanoseconds).div(1_000_000_000);
}
