// Owns calendar windows: the minute, hour, day, week, month, quarter, half-year or year of a zone that holds an instant.
// One function for usage queries and for billing. Refuses anchors, which belong to billing cycles.
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

/** Weeks start on Monday, quarters in January, April, July and October, half-years in January and July. */
export type WindowUnit = (typeof WINDOW_UNITS)[number];

/** The window of the zone's calendar that contains the instant; a day is what lies between two starts of a local day. */
export function windowAt(instant: Temporal.Instant, unit: WindowUnit, zone: string): Period {
  const at = instant.toZonedDateTimeISO(zone);
  if (unit === 'minute' || unit === 'hour') return clockWindow(at, unit);
  const first = firstDay(at.toPlainDate(), unit);
  return { start: startOfDay(first, zone), end: startOfDay(first.add(lengthOf(unit)), zone) };
}

/** The windows that overlap a period, in order: the first and the last may reach beyond it. None for an empty period. */
export function windowsOver(whole: Period, unit: WindowUnit, zone: string): Period[] {
  const windows: Period[] = [];
  let next = whole.start;
  while (Temporal.Instant.compare(next, whole.end) < 0) {
    const window = windowAt(next, unit, zone);
    windows.push(window);
    next = window.end;
  }
  return windows;
}

/** Elapsed minutes and hours from the local full hour or minute, so that a repeated hour is two windows. */
function clockWindow(at: Temporal.ZonedDateTime, unit: 'minute' | 'hour'): Period {
  const start = at
    .subtract({
      minutes: unit === 'hour' ? at.minute : 0,
      seconds: at.second,
      milliseconds: at.millisecond,
      microseconds: at.microsecond,
      nanoseconds: at.nanosecond,
    })
    .toInstant();
  return { start, end: start.add(unit === 'hour' ? { hours: 1 } : { minutes: 1 }) };
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
