// Owns the forms that answers share: ids, times, money, decimals. Each carries an example for the API document.
import { z } from 'zod';

const ID_TAIL = '01hf3qkx5b8mzw2c';

export const id = (prefix: string) => z.string().meta({ example: `${prefix}_${ID_TAIL}` });

export const time = z.string().meta({
  format: 'date-time',
  description: 'RFC 3339 in UTC with six decimals.',
  example: '2023-11-01T00:00:00.000000Z',
});

export const minorUnits = z.string().meta({
  description: 'Whole minor units of the currency, as text: "2500" is 25.00 USD.',
  pattern: '^-?\\d+$',
  example: '2500',
});

export const decimal = z.string().meta({ description: 'Exact decimal, as text.', example: '0.000015' });

export const currency = z.string().meta({ description: 'ISO 4217.', example: 'USD' });

export const zone = z.string().meta({ description: 'IANA time zone.', example: 'Europe/Berlin' });

/** What a path names: visible characters, long enough for `ext:` and any id of the seller's. */
export const pathName = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));

export const interval = z.enum(['day', 'week', 'month', 'year']);

export const customerName = (description: string) =>
  pathName.meta({
    description: `${description}: its id, or your own id of it (after ext:, should it look like one of ours).`,
    example: 'acme',
  });
