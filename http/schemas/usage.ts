// Owns the schemas of usage as the API takes and answers it. What an event must be is decided by runtime/ingest.
import { z } from 'zod';
import { decimal, id, time } from './fields.ts';

export const usageEvent = z
  .strictObject({
    id: z.string().meta({
      description: 'Unique within the source, for ever: sent again it is a duplicate, changed a conflict.',
      example: 'req-42',
    }),
    source: z.string().optional().meta({ example: 'api-eu-1' }),
    type: z.string().meta({ example: 'llm.request' }),
    customer: z.string().meta({ description: 'Your own id of the customer, or ours.', example: 'acme' }),
    subscription: id('sub').optional().meta({ description: 'For items that count per subscription.' }),
    time: time.optional().meta({ description: 'RFC 3339; absent: when it is received.' }),
    properties: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Quantities may be texts or exact numbers.', example: { input_tokens: 4808 } }),
  })
  .meta({ id: 'UsageEvent' });

export const cloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().meta({ example: 'req-42' }),
    source: z.string().meta({ example: 'api-eu-1' }),
    type: z.string().meta({ example: 'llm.request' }),
    subject: z.string().meta({ description: 'The customer.', example: 'acme' }),
    time: time.optional(),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ example: { input_tokens: 4808 } }),
  })
  .meta({
    id: 'UsageCloudEvent',
    description: 'CloudEvents 1.0, structured; extensions are accepted and not kept.',
  });

const counts = {
  created: z.int(),
  duplicate: z.int(),
  conflict: z.int().meta({ description: 'The id came before with another body; that one counts.' }),
  acceptedUnbilled: z.int().meta({ description: 'Kept, but the period is sealed.' }),
};

const usageCounts = z.object(counts).meta({ id: 'UsageCounts' });

export const usageRequest = z
  .object({
    id: z.string().meta({ example: 'ing_17_0_2' }),
    status: z.enum(['pending', 'counted']),
    counts: usageCounts.nullable(),
    results: z
      .array(z.enum(['created', 'duplicate', 'conflict', 'accepted_unbilled']))
      .nullable()
      .meta({
        description: 'One per event, in the order they were sent.',
        example: ['created', 'duplicate'],
      }),
    countedAt: time.nullable(),
  })
  .meta({ id: 'UsageRequest' });

export const usageStream = z
  .object({
    status: z.enum(['pending', 'counted']),
    events: z.int(),
    counts: usageCounts.meta({ description: 'Of the chunks that are counted.' }),
    chunks: z.array(
      z.object({
        id: z.string().meta({ example: 'ing_17_0_1000' }),
        status: z.enum(['pending', 'counted']),
        events: z.int(),
      }),
    ),
  })
  .meta({ id: 'UsageStream' });

export const usageSummary = z
  .object({
    meterId: id('mtr'),
    meter: z.string().meta({ example: 'input_tokens' }),
    name: z.string().meta({ example: 'Input tokens' }),
    aggregation: z.string().meta({ example: 'sum' }),
    customerId: id('cus'),
    start: time,
    end: time,
    quantity: decimal.nullable().meta({ description: 'Null when nothing was counted and there is no zero.' }),
    eventCount: z.string().meta({ example: '128' }),
  })
  .meta({ id: 'UsageSummary' });
