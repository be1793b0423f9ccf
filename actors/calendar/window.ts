// Owns calendar windows: the minute, hour, day, week, month, quarter, half-year or year of a zone that holds an instant.
// One function for usage queries and for billing. Refuses anchors, which belong to billing cycles.
import { compareInstants, earlierOf, laterOf } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';

export const WINDOW_UNITS = [
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'half_year',
  'year',
] as const;

const MINUTE = 60_000_000_000n;
const HOUR = 60n * MINUTE;

/** Weeks start on Monday, quarters in January, April, July and October, half-years in January and July. */
export type WindowUnit = (typeof WINDOW_UNITS)[number];

/** The window of the zone's calendar that contains the instant; a day is what lies between two starts of a local day. */
export function windowAt(instant: Temporal.Instant, unit: WindowUnit, zone: string): Period {
  const at = instant.toZonedDateTimeISO(zone);
  if (unit === 'minute' || unit === 'hour') return clockWindow(at, unit);
  const first = firstDay(at.toPlainDate(), unit);
  return { start: startOfDay(first, zone), end: startOfDay(first.add(lengthOf(unit)), zone) };
}

/**
 * The windows that overlap a period, in order: the first and the last may reach beyond it. None for an empty period.
 * At most `max` of them: more are not looked for.
 */
export function windowsOver(
  whole: Period,
  { unit, zone }: { readonly unit: WindowUnit; readonly zone: string },
  max = Number.POSITIVE_INFINITY,
): Period[] {
  const windows: Period[] = [];
  let next = whole.start;
  while (compareInstants(next, whole.end) < 0 && windows.length < max) {
    const window = windowAt(next, unit, zone);
    windows.push(window);
    next = window.end;
  }
  return windows;
}

/** As {@link windowsOver}, each cut to the period: together they are the period. */
export function windowsWithin(
  whole: Period,
  calendar: { readonly unit: WindowUnit; readonly zone: string },
  max?: number,
): Period[] {
  return windowsOver(whole, calendar, max).map(({ start, end }) => ({
    start: laterOf(start, whole.start),
    end: earlierOf(end, whole.end),
  }));
}

/**
 * Elapsed minutes and hours from the local full minute or hour, so that a repeated hour is two windows. Where clocks
 * change by part of an hour the hour ends there, so that windows never overlap.
 */
function clockWindow(at: Temporal.ZonedDateTime, unit: 'minute' | 'hour'): Period {
  const length = unit === 'hour' ? HOUR : MINUTE;
  const now = at.epochNanoseconds;
  const local = now + BigInt(at.offsetNanoseconds);
  const into = ((local % length) + length) % length;
  const start = instantAt(now - into);
  const end = instantAt(now - into + length);
  const offsetAt = (instant: Temporal.Instant): number =>
    instant.toZonedDateTimeISO(at.timeZoneId).offsetNanoseconds;
  const steady =
    offsetAt(start) === at.offsetNanoseconds &&
    offsetAt(instantAt(now - into + length - 1n)) === at.offsetNanoseconds;
  if (steady) return { start, end };
  const before = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.toInstant() ?? start;
  const after = at.getTimeZoneTransition('next')?.toInstant() ?? end;
  return { start: laterOf(start, before), end: compareInstants(after, end) < 0 ? after : end };
}

function instantAt(nanoseconds: bigint): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(nanoseconds);
}

type CalendarUnit = Exclude<WindowUnit, 'minute' | 'hour'>;

function firstDay(date: Temporal.PlainDate, unit: CalendarUnit): Temporal.PlainDate {
  switch (unit) {
    case 'day':
      return date;
    case 'week':
      return date.subtract({ days: date.dayOfWeek - 1 });
    case 'month':
      return date.with({ day: 1 });
    case 'quarter':
      return date.with({ day: 1, month: date.month - ((date.month - 1) % 3) });
    case 'half_year':
      return date.with({ day: 1, month: date.month <= 6 ? 1 : 7 });
    case 'year':
      return date.with({ day: 1, month: 1 });
    default:
      return unit satisfies never;
  }
}

function lengthOf(unit: CalendarUnit): Temporal.DurationLike {
  switch (unit) {
    case 'day':
      return { days: 1 };
    case 'week':
      return { days: 7 };
    case 'month':
      return { months: 1 };
    case 'quarter':
      return { months: 3 };
    case 'half_year':
      return { months: 6 };
    case 'year':
      return { years: 1 };
    default:
      return unit satisfies never;
  }
}

function startOfDay(date: Temporal.PlainDate, zone: string): Temporal.Instant {
  return date.toZonedDateTime({ timeZone: zone }).toInstant();
}
