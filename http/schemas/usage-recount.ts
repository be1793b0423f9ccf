// Owns the schema of a recount as the API answers it.
import { z } from 'zod';
import { decimal, id, time } from './fields.ts';

const said = z
  .object({ events: z.string().meta({ example: '128' }), sum: decimal })
  .nullable()
  .meta({ description: 'Null: there is nothing.' });

export const usageRecounted = z
  .object({
    looked: z.object({ customers: z.int(), events: z.number(), hours: z.number() }).meta({
      description: 'Customers, what meters made of their events, and hours of rollups.',
    }),
    differing: z.number().meta({ description: 'Hours whose rollup is not what its events say.' }),
    repaired: z.int().meta({ description: 'Hours that were counted from their events.' }),
    differences: z
      .array(
        z.object({
          customerId: id('cus'),
          meterId: id('mtr'),
          scopeId: z.string().meta({ description: 'The subscription it belongs to alone, else empty.' }),
          hour: time.meta({ description: 'Its start; a UTC hour.' }),
          dimensions: z.string().nullable().meta({ description: 'JSON object.', example: '{"region":"eu"}' }),
          counted: said.meta({ description: 'What the events say.' }),
          rolledUp: said.meta({ description: 'What the rollup said.' }),
        }),
      )
      .meta({ description: 'The first hundred.' }),
    isComplete: z.boolean(),
    next: id('cus').nullable().meta({ description: 'Go on with `after` set to it; null: all is looked at.' }),
  })
  .meta({ id: 'UsageRecount' });
