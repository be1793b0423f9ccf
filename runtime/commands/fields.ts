// Owns the field schemas that command payloads share: texts a database can hold, keys, currencies, zones, instants.
import { z } from 'zod';
import { instantText } from '#actors/calendar/time.ts';

export const KEY_CHARS_MAX = 100;
/** Longer than any id, so that a wrong one is refused by what it names. */
export const ID_CHARS_MAX = 40;

export const NOT_STORABLE = 'must be well-formed text without NUL';

/** Whether text and jsonb columns can hold it: no NUL, no lone surrogate. */
export const isStorable = (value: string): boolean => value.isWellFormed() && !value.includes('\0');

/** Storable text of at most `max` characters. */
export const storableText = (max: number) => z.string().max(max).refine(isStorable, NOT_STORABLE);

/** Storable text of 1 to `max` characters. */
export const text = (max: number) => storableText(max).min(1);

/** A seller's own short name of a thing, unique among its kind. */
export const key = z
  .string()
  .max(KEY_CHARS_MAX)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/,
    'must start with a letter or digit and hold only letters, digits, _ . : -',
  );

export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code');

/** Any IANA name; whether it exists is the decision's question. */
export const zoneName = text(100);

/** Bounds that keep calendar arithmetic and every column far from their own. */
const INSTANT_MIN = Temporal.Instant.from('1900-01-01T00:00:00Z');
const INSTANT_MAX = Temporal.Instant.from('3000-01-01T00:00:00Z');

/** An instant in RFC 3339, from 1900 to 3000; its output is UTC with six decimals, cut to microseconds. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine(isInRange, 'must be an instant from 1900 to 3000 with at most nine decimals')
  .transform((value) =>
    instantText(Temporal.Instant.from(value).round({ smallestUnit: 'microsecond', roundingMode: 'floor' })),
  );

export const email = z.email().max(254);

function isInRange(value: string): boolean {
  try {
    const at = Temporal.Instant.from(value);
    return Temporal.Instant.compare(at, INSTANT_MIN) >= 0 && Temporal.Instant.compare(at, INSTANT_MAX) < 0;
  } catch (error) {
    // The pattern above let more pass than Temporal reads, or refused the text already.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
