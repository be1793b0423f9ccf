// Owns the schemas of plans and prices as the API answers them.
import { z } from 'zod';
import { currency, id, interval, time } from './fields.ts';
import { priceFilter, priceTerms } from './price-terms.ts';

const price = z
  .object({
    id: id('prc'),
    key: z.string().meta({ example: 'input' }),
    name: z.string().meta({ example: 'Input tokens' }),
    cadence: z.enum(['in_advance', 'in_arrears']),
    currency,
    meter: z.string().nullable().meta({ description: 'Key of its meter.', example: 'input_tokens' }),
    meterId: id('mtr').nullable(),
    model: z.record(z.string(), z.unknown()).meta({ example: { type: 'per_unit', unitAmount: '0.000015' } }),
    filter: priceFilter,
    ...priceTerms,
  })
  .meta({ id: 'Price' });

export const plan = z
  .object({
    id: id('pln'),
    key: z.string().meta({ example: 'pro' }),
    name: z.string().meta({ example: 'Pro' }),
    currency,
    interval,
    intervalCount: z.int().meta({ example: 1 }),
    version: z.object({
      id: id('plv'),
      number: z.int().meta({ example: 1 }),
      effectiveAt: time
        .nullable()
        .meta({ description: 'For subscriptions that start or follow from then on; null: at once.' }),
      publishedAt: time,
    }),
    createdAt: time,
    prices: z.array(price),
  })
  .meta({ id: 'Plan' });
