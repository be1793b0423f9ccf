// Owns which texts name a time zone: IANA names only. Refuses bare offsets, which know no calendar.

const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** The IANA name as given, or undefined when the platform's zone table does not know it. */
export function parseZone(text: string): string | undefined {
  // The grammar goes first: Temporal would also take a whole timestamp and pick the zone out of it.
  if (text.length > 100 || !NAME.test(text)) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
