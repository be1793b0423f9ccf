// Owns reading the time of a usage event: RFC 3339 in, UTC with exactly six decimals out, cut and never rounded.
// Works on text, because a batch holds a thousand of them; Temporal is asked only where an offset or a leap second needs it.

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?([Zz]|[+-]\d\d:\d\d)$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Usage before this is a mistake of units or of a default date. */
export const EVENT_TIME_MIN = '1970-01-01T00:00:00.000000Z';

/** `2023-11-16T18:15:46.680590Z` for a time in RFC 3339; undefined if the text is none, or names no real instant. */
export function canonicalTime(text: string): string | undefined {
  const parts = RFC3339.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] =
    parts;
  const decimals = fraction.length >= 6 ? fraction.slice(0, 6) : fraction.padEnd(6, '0');
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (zone === 'Z' || zone === 'z') {
    if (isReal(+year, +month, +day) && hour <= '23' && minute <= '59' && second <= '59')
      return `${date}.${decimals}Z`;
    if (second !== '60') return undefined;
  }
  return throughTemporal(`${date}${zone.toUpperCase()}`, decimals);
}

function isReal(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

function throughTemporal(text: string, decimals: string): string | undefined {
  try {
    const whole = Temporal.Instant.from(text).toString({ fractionalSecondDigits: 0 });
    return whole.length === 20 ? `${whole.slice(0, -1)}.${decimals}Z` : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
