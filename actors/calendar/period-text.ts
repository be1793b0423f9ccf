// Owns how a period reads on an invoice: days in the customer's zone. Refuses languages: one English form everywhere.
import type { Period } from '#actors/calendar/period.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * `1 Nov 2023 – 30 Nov 2023` when both ends are midnights of the zone: the last day is the one before the end.
 * Otherwise both instants with their time: `15 Nov 2023 10:30 – 15 Dec 2023 10:30`.
 */
export function periodText(period: Period, zone: string): string {
  const start = period.start.toZonedDateTimeISO(zone);
  const end = period.end.toZonedDateTimeISO(zone);
  if (!isMidnight(start) || !isMidnight(end)) return `${timeText(start)} – ${timeText(end)}`;
  const last = end.toPlainDate().subtract({ days: 1 });
  return last.equals(start.toPlainDate())
    ? dateText(last)
    : `${dateText(start.toPlainDate())} – ${dateText(last)}`;
}

/** `1 Nov 2023`. */
export function dateText(date: Temporal.PlainDate): string {
  return `${date.day} ${MONTHS[date.month - 1] ?? ''} ${date.year}`;
}

function timeText(at: Temporal.ZonedDateTime): string {
  return `${dateText(at.toPlainDate())} ${at.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

/** The day's first instant, which is 01:00 where clocks skip midnight. */
function isMidnight(at: Temporal.ZonedDateTime): boolean {
  return at.equals(at.startOfDay());
}
