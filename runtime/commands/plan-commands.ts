// Owns the payloads of commands about plans. What a charge model may hold is the pricing rules' question.
import { z } from 'zod';
import { currencyCode, key, text } from './fields.ts';

const PRICES_MAX = 100;

const price = z.strictObject({
  key,
  name: text(200),
  cadence: z.enum(['in_advance', 'in_arrears']),
  /** Key of the meter of a usage price. */
  meter: key.optional(),
  /** {type, …}: actors/pricing reads it and the terms below. */
  model: z.record(z.string(), z.json()),
  ratedPer: z.json().optional(),
  conversion: z.json().optional(),
  freeUnits: z.json().optional(),
  discountPercent: z.json().optional(),
  commitment: z.json().optional(),
  maximum: z.json().optional(),
  minimum: z.json().optional(),
});

export const planCreate = z.strictObject({
  key,
  name: text(200),
  currency: currencyCode,
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.int().min(1).max(1000).default(1),
  prices: z.array(price).min(1).max(PRICES_MAX),
});
