// Owns counting days as if each month had thirty: the part of a fee then does not depend on which month it falls in.
// Refuses to know fees.
import type { Period } from '#actors/calendar/period.ts';

/** Days of a period by the local dates of its ends, every month counted as thirty: the 31st is the 30th. */
export function daysOfThirty({ start, end }: Period, zone: string): number {
  return dayNumber(end.toZonedDateTimeISO(zone)) - dayNumber(start.toZonedDateTimeISO(zone));
}

function dayNumber({ year, month, day }: Temporal.ZonedDateTime): number {
  return 360 * year + 30 * month + Math.min(day, 30);
}
