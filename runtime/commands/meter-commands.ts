// Owns the payloads of commands about meters.
import { z } from 'zod';
import { key, text } from './fields.ts';

const FILTERS_MAX = 20;
const DIMENSIONS_MAX = 10;

export const meterCreate = z.strictObject({
  key,
  name: text(200),
  /** The type of the usage events it reads. */
  eventType: text(200),
  aggregation: z.enum(['count', 'sum', 'max', 'min', 'latest']),
  /** The property that holds the value; absent for count. */
  valueProperty: text(200).optional(),
  /** An event counts if each named property is one of the given texts. */
  filters: z
    .array(z.strictObject({ property: text(200), in: z.array(text(200)).min(1).max(100) }))
    .max(FILTERS_MAX)
    .default([]),
  /** Properties the quantity can be split by. */
  dimensions: z.array(text(200)).max(DIMENSIONS_MAX).default([]),
});
