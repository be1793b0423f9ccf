// Owns the schema of what a meter says beyond its aggregation. Which setting means something for which: actors/usage.
import { z } from 'zod';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { LEVELS, PERCENTILE_METHODS, TIME_UNITS } from '#actors/usage/meter-settings.ts';
import { decimal, zone } from './fields.ts';

/** Absent where the aggregation knows no such setting. */
export const meterSettings = {
  multiplier: decimal.optional().meta({ description: 'Each value counts so many times.', example: '0.001' }),
  percentile: decimal.optional().meta({ example: '95' }),
  percentileMethod: z.enum(PERCENTILE_METHODS).optional(),
  bucket: z
    .object({ unit: z.enum(WINDOW_UNITS), zone })
    .optional()
    .meta({ description: 'The aggregate of each such calendar window, summed.' }),
  carriedOver: z
    .boolean()
    .optional()
    .meta({ description: 'What was there before the period goes on in it.' }),
  level: z
    .enum(LEVELS)
    .optional()
    .meta({ description: 'How events move the level that is weighted by time.' }),
  timeUnit: z.enum(TIME_UNITS).optional(),
  operationProperty: z.string().optional().meta({ description: 'Says add or remove.', example: 'operation' }),
  amountProperty: z
    .string()
    .optional()
    .meta({ description: 'Holds the price of the event, in major units.', example: 'price' }),
  acceptsNegative: z.boolean().optional().meta({ description: 'Takes values below zero, as corrections.' }),
};
