// Owns the payloads of commands about meters.
import { z } from 'zod';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { parseDecimal } from '#actors/money/decimal.ts';
import { AGGREGATIONS } from '#actors/usage/aggregation.ts';
import { LEVELS, PERCENTILE_METHODS, TIME_UNITS } from '#actors/usage/meter-settings.ts';
import { key, text } from './fields.ts';

const FILTERS_MAX = 20;
const LISTED_MAX = 100;
const DIMENSIONS_MAX = 10;

const property = text(200);
const list = z.array(text(200)).min(1).max(LISTED_MAX);
const bound = z.string().refine((value) => parseDecimal(value) !== undefined, 'must be a decimal');

/** One condition on one property: actors/usage/meter-filter.ts says what each means. */
const filter = z.union([
  z.strictObject({ property, in: list }),
  z.strictObject({ property, not_in: list }),
  z.strictObject({ property, exists: z.boolean() }),
  z.strictObject({ property, gt: bound }),
  z.strictObject({ property, gte: bound }),
  z.strictObject({ property, lt: bound }),
  z.strictObject({ property, lte: bound }),
]);

/** Which of them mean something is decided by the aggregation: actors/usage/meter-settings.ts. */
const settings = {
  multiplier: bound.optional(),
  percentile: bound.optional(),
  percentileMethod: z.enum(PERCENTILE_METHODS).optional(),
  bucket: z.strictObject({ unit: z.enum(WINDOW_UNITS), zone: text(100).default('UTC') }).optional(),
  carriedOver: z.boolean().optional(),
  level: z.enum(LEVELS).optional(),
  timeUnit: z.enum(TIME_UNITS).optional(),
  operationProperty: property.optional(),
  amountProperty: property.optional(),
  acceptsNegative: z.boolean().optional(),
};

/** What may change in a meter that has counted: how it reads events, not what it makes of them. */
const changing = {
  name: text(200).optional(),
  valueProperty: text(200).optional(),
  filters: z.array(filter).max(FILTERS_MAX).optional(),
  dimensions: z.array(text(200)).max(DIMENSIONS_MAX).optional(),
};

export const meterChange = z.strictObject(changing);

export const meterUpdate = z.strictObject({ meter: text(300), ...changing });

export const meterCreate = z.strictObject({
  key,
  name: text(200),
  /** The type of the usage events it reads. */
  eventType: text(200),
  aggregation: z.enum(AGGREGATIONS),
  /** The property that holds the value; absent for count. */
  valueProperty: text(200).optional(),
  /** An event counts if all of them hold. */
  filters: z.array(filter).max(FILTERS_MAX).default([]),
  /** Properties the quantity can be split by. */
  dimensions: z.array(text(200)).max(DIMENSIONS_MAX).default([]),
  ...settings,
});
