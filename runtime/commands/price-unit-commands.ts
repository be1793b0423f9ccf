// Owns the payloads of commands about units that prices can be in.
import { z } from 'zod';
import { parseDecimal } from '#actors/money/decimal.ts';
import { currencyCode, instant, KEY_CHARS_MAX, key, text } from './fields.ts';

const CURRENCIES_MAX = 50;

/** Major units of the currency for one of the unit. */
const rate = z
  .string()
  .refine((value) => parseDecimal(value)?.greaterThan(0) === true, 'must be a decimal above 0, as text');

export const priceUnitCreate = z.strictObject({
  key,
  name: text(200),
  /** From the beginning; one a currency. */
  rates: z
    .array(z.strictObject({ currency: currencyCode, rate }))
    .min(1)
    .max(CURRENCIES_MAX),
});

export const priceUnitSetRate = z.strictObject({
  /** Key or id. */
  unit: text(KEY_CHARS_MAX),
  currency: currencyCode,
  rate,
  /** After that of every earlier rate; absent for the first one in a currency, which holds from the beginning. */
  effectiveAt: instant.optional(),
});
