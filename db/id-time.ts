// Owns reading from an id when it was made, which runtime/ids.ts writes into it: rows of a customer know its own time only.

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** System time, to the millisecond. Throws a RangeError for what is no id. */
export function madeAt(id: string): Temporal.Instant {
  const time = /^[a-z]+_([0-9a-hjkmnp-tv-z]{9})/.exec(id)?.[1];
  if (time === undefined) throw new RangeError(`${id} is no id`);
  const milliseconds = time.split('').reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
  return Temporal.Instant.fromEpochMilliseconds(milliseconds);
}
