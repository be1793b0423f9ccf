// Owns the payloads of commands about plans. What a charge model may hold is the pricing rules' question.
import { z } from 'zod';
import { currencyCode, instant, KEY_CHARS_MAX, key, text } from './fields.ts';

const PRICES_MAX = 100;

const price = z.strictObject({
  key,
  name: text(200),
  cadence: z.enum(['in_advance', 'in_arrears']),
  /** Key of the meter of a usage price. */
  meter: key.optional(),
  /** Absent: the plan's. */
  currency: currencyCode.optional(),
  /** {type, …}: actors/pricing reads it and the terms below. */
  model: z.record(z.string(), z.json()),
  /** Key of the unit that its amounts are in. */
  priceUnit: z.json().optional(),
  filter: z.json().optional(),
  ratedPer: z.json().optional(),
  conversion: z.json().optional(),
  freeUnits: z.json().optional(),
  discountPercent: z.json().optional(),
  commitment: z.json().optional(),
  maximum: z.json().optional(),
  minimum: z.json().optional(),
});

const interval = z.enum(['day', 'week', 'month', 'year']);
const intervalCount = z.int().min(1).max(1000);
const prices = z.array(price).min(1).max(PRICES_MAX);

export const planCreate = z.strictObject({
  key,
  name: text(200),
  currency: currencyCode,
  interval,
  intervalCount: intervalCount.default(1),
  prices,
});

export const planPublishVersion = z.strictObject({
  /** Key or id. */
  plan: text(KEY_CHARS_MAX),
  /** Absent: as the version before. */
  currency: currencyCode.optional(),
  interval: interval.optional(),
  intervalCount: intervalCount.optional(),
  prices,
  /** For subscriptions that start or follow from then on; absent: at once. */
  effectiveAt: instant.optional(),
});
