// Owns which day of a zone's calendar holds an instant.
import { keptByInstant } from '#actors/calendar/instants.ts';

const days = keptByInstant<string, string>();

/** The day, YYYY-MM-DD. */
export function localDay(instant: Temporal.Instant, zone: string): string {
  return days(instant, zone, () => instant.toZonedDateTimeISO(zone).toPlainDate().toString());
}
