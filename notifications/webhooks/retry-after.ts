// Owns the reading of a Retry-After header (RFC 9110): seconds, or a date in the one form senders must use.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SECONDS = /^\d{1,10}$/;
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;

/** Milliseconds from `now` until the header's instant, at least 0. Undefined when it cannot be read. */
export function retryAfterMs(header: string | undefined, now: Temporal.Instant): number | undefined {
  const value = header?.trim() ?? '';
  if (SECONDS.test(value)) return Number(value) * 1000;
  const [, day, monthName, year, time] = HTTP_DATE.exec(value) ?? [];
  const month = MONTHS.indexOf(monthName ?? '') + 1;
  if (day === undefined || month === 0) return undefined;
  try {
    const until = Temporal.Instant.from(`${year}-${String(month).padStart(2, '0')}-${day}T${time}Z`);
    return Math.max(0, until.epochMilliseconds - now.epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
