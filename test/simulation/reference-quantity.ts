// Owns what a meter makes of a customer's events, the slow and obvious way: events are listed, put in order and told again.
// Independent of the engine: imports nothing of it but types of this folder, and plain decimals.
import { Decimal } from 'decimal.js';
import type { Dimension, Meter, Place, UsageFact, Window } from './accepted.ts';

export const Exact = Decimal.clone({ precision: 60 });
/** A quotient is a quantity of so many places. */
const QUOTIENT_PLACES = 18;
const NANOSECONDS = { second: 1e9, hour: 3_600e9, day: 86_400e9 };

export type Stretch = { readonly start: Temporal.Instant; readonly end: Temporal.Instant };

export type Counted = Omit<UsageFact, 'value'> & { readonly time: Temporal.Instant; readonly value: Decimal };

/** Events that the meter reads, whenever they happened, in order. */
export function countedBy(meter: Meter, events: readonly UsageFact[]): Counted[] {
  return events
    .flatMap(({ value, ...event }) => {
      if (value === undefined || event.type !== meter.eventType) return [];
      const { valueProperty, filters = [] } = meter.forms?.[event.reading] ?? meter;
      if (!filters.every(({ gt }) => new Exact(value).greaterThan(gt))) return [];
      const read = valueProperty === 'weight' ? event.said.weight : value;
      return [{ ...event, value: new Exact(read), time: Temporal.Instant.from(event.at) }];
    })
    .sort((a, b) => Temporal.Instant.compare(a.time, b.time));
}

export function within({ start, end }: Stretch, events: readonly Counted[]): Counted[] {
  return events.filter(({ time }) => !isBefore(time, start) && isBefore(time, end));
}

/**
 * Of the events that count, those before the stretch included: levels may last. Those that are not carried over begin anew with
 * the period, whose start is `since`.
 */
export function quantityOf(
  meter: Meter,
  events: readonly Counted[],
  stretch: Stretch,
  since = stretch.start,
): Decimal {
  const kind = levelOf(meter);
  if (kind !== undefined) {
    const known = events.filter(
      ({ time }) => isBefore(time, stretch.end) && (meter.carriedOver !== false || !isBefore(time, since)),
    );
    return heldOf(meter, kind, { events: known, stretch });
  }
  const { bucket } = meter;
  const parts = bucket === undefined ? [stretch] : windowsOf(stretch, bucket.unit, bucket.zone);
  return parts
    .map((part) => aggregateOf(meter, within(part, events)))
    .reduce((all, one) => all.plus(one), new Exact(0));
}

/** The windows of a zone's calendar, cut at the ends of the stretch. */
export function windowsOf({ start, end }: Stretch, unit: Window, zone: string): Stretch[] {
  const windows: Stretch[] = [];
  let from = start;
  while (isBefore(from, end)) {
    const here = from.toZonedDateTimeISO(zone);
    const midnight = here.startOfDay();
    const next =
      unit === 'hour'
        ? here.round({ smallestUnit: 'hour', roundingMode: 'floor' }).add({ hours: 1 })
        : midnight.add({ days: unit === 'day' ? 1 : 8 - midnight.dayOfWeek });
    const to = isBefore(end, next.toInstant()) ? end : next.toInstant();
    windows.push({ start: from, end: to });
    from = to;
  }
  return windows;
}

/** The events of each combination of the meter's dimensions. */
export function groupsOf({ dimensions = [] }: Meter, events: readonly Counted[]): [Place, Counted[]][] {
  const placed = Map.groupBy(events, ({ said }) => placeText(dimensions, said));
  return [...placed].map(([place, own]) => [JSON.parse(place) as Place, own]);
}

function placeText(dimensions: readonly Dimension[], said: Place): string {
  return JSON.stringify(Object.fromEntries(dimensions.map((name) => [name, said[name]])));
}

function levelOf({ aggregation, level, carriedOver }: Meter): Meter['level'] {
  if (aggregation.startsWith('time_weighted')) return level ?? 'latest';
  return carriedOver === true ? (aggregation as NonNullable<Meter['level']>) : undefined;
}

type Held = { readonly events: readonly Counted[]; readonly stretch: Stretch };

function heldOf(meter: Meter, kind: NonNullable<Meter['level']>, { events, stretch }: Held): Decimal {
  const levelAt = (instant: Temporal.Instant): Decimal =>
    levelAfter(
      meter,
      kind,
      events.filter(({ time }) => !isBefore(instant, time)),
    );
  if (!meter.aggregation.startsWith('time_weighted')) return levelAfter(meter, kind, events);
  const inside = within(stretch, events).map(({ time }) => time);
  const turns = [stretch.start, ...inside, stretch.end];
  let area = new Exact(0);
  for (const [at, turn] of turns.entries()) {
    const next = turns[at + 1];
    if (next !== undefined) area = area.plus(levelAt(turn).times(lengthOf({ start: turn, end: next })));
  }
  const whole =
    meter.aggregation === 'time_weighted_sum' ? NANOSECONDS[meter.timeUnit ?? 'hour'] : lengthOf(stretch);
  return rounded(area.div(whole));
}

function levelAfter(meter: Meter, kind: NonNullable<Meter['level']>, events: readonly Counted[]): Decimal {
  if (kind === 'sum') return sumOf(events.map((event) => amountOf(meter, event)));
  if (kind === 'unique_count') {
    const last = new Map(events.map(({ said }) => [said.label, said.op]));
    return new Exact([...last.values()].filter((op) => op === 'add').length);
  }
  const groups = groupsOf(meter, events).map(([, own]) => own.at(-1));
  return sumOf(groups.map((event) => (event === undefined ? new Exact(0) : amountOf(meter, event))));
}

export function amountOf({ multiplier }: Meter, { value }: Counted): Decimal {
  return multiplier === undefined ? value : value.times(multiplier);
}

function aggregateOf(meter: Meter, events: readonly Counted[]): Decimal {
  const amounts = events.map((event) => amountOf(meter, event));
  if (amounts.length === 0) return new Exact(0);
  switch (meter.aggregation) {
    case 'sum':
      return sumOf(amounts);
    case 'count':
      return new Exact(amounts.length);
    case 'max':
      return Exact.max(...amounts);
    case 'min':
      return Exact.min(...amounts);
    case 'latest':
      return amounts.at(-1) ?? new Exact(0);
    case 'average':
      return rounded(sumOf(amounts).div(amounts.length));
    case 'unique_count':
      return new Exact(new Set(events.map(({ said }) => said.label)).size);
    case 'percentile':
      return percentileOf(meter, amounts);
    default:
      throw new Error(`${meter.aggregation} is a level`);
  }
}

function percentileOf({ percentile = '50', percentileMethod }: Meter, amounts: readonly Decimal[]): Decimal {
  const sorted = amounts.toSorted((a, b) => a.comparedTo(b));
  const at = (rank: Decimal): Decimal => sorted[rank.toNumber() - 1] ?? new Exact(0);
  const share = new Exact(percentile).div(100);
  if (percentileMethod !== 'interpolated') return at(Exact.max(share.times(sorted.length).ceil(), 1));
  const rank = share.times(sorted.length - 1).plus(1);
  const below = at(rank.floor());
  return below.plus(at(rank.ceil()).minus(below).times(rank.minus(rank.floor())));
}

export function sumOf(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((all, one) => all.plus(one), new Exact(0));
}

export function lengthOf({ start, end }: Stretch): Decimal {
  return new Exact(String(end.epochNanoseconds - start.epochNanoseconds));
}

export function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}

function rounded(quotient: Decimal): Decimal {
  return quotient.toDecimalPlaces(QUOTIENT_PLACES, Decimal.ROUND_HALF_UP);
}
