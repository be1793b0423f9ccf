// Owns reading from an id when it was made, which runtime/ids.ts writes into it: rows of a customer know its own time only.

/** Crockford's base 32: no i, l, o, u, so ids survive being read aloud. */
export const ID_DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
/** After the prefix so many are the milliseconds of system time. */
export const ID_TIME_CHARS = 9;
const TIME = new RegExp(`^[a-z]+_([${ID_DIGITS}]{${ID_TIME_CHARS}})`);

/** System time, to the millisecond. Throws a RangeError for what is no id. */
export function madeAt(id: string): Temporal.Instant {
  const time = TIME.exec(id)?.[1];
  if (time === undefined) throw new RangeError(`${id} is no id`);
  const milliseconds = time.split('').reduce((sum, digit) => sum * 32 + ID_DIGITS.indexOf(digit), 0);
  return Temporal.Instant.fromEpochMilliseconds(milliseconds);
}
