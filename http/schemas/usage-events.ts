// Owns the schemas of stored usage events and of what set them right, as the API answers them.
import { z } from 'zod';
import { decimal, id, time } from './fields.ts';

const properties = z
  .record(z.string(), z.unknown())
  .meta({ description: 'Numbers keep every digit.', example: { input_tokens: 4808 } });

const eventName = {
  customerId: id('cus'),
  source: z.string().meta({ example: 'api-eu-1' }),
  ref: z.string().meta({ description: 'Number in the order of ingest.', example: '42' }),
};

export const storedUsageEvent = z
  .object({
    ...eventName,
    id: z.string().meta({ example: 'req-42' }),
    type: z.string().meta({ example: 'llm.request' }),
    subscriptionId: id('sub').nullable(),
    time,
    receivedAt: time,
    countedAt: time,
    lagSeconds: decimal.nullable().meta({
      description: 'From its time until it was counted; null on a test clock.',
      example: '0.184',
    }),
    properties,
    correctedAt: time.nullable(),
    retractedAt: time.nullable().meta({ description: 'Set: it counts nowhere.' }),
    facts: z
      .array(
        z.object({
          meterId: id('mtr'),
          scopeId: z.string().meta({ description: 'The subscription it belongs to alone, else empty.' }),
          value: decimal,
          dimensions: z.record(z.string(), z.string().nullable()).nullable(),
        }),
      )
      .meta({ description: 'What meters made of it.' }),
  })
  .meta({ id: 'StoredUsageEvent' });

const correction = {
  ...eventName,
  id: id('cor'),
  kind: z.enum(['amend', 'retract']),
  eventId: z.string().meta({ example: 'req-42' }),
  reason: z.string().meta({ example: 'reported twice under two ids' }),
  commandId: id('cmd'),
  sentBy: z.string().nullable().meta({ description: 'Id of the API key.', example: 'key_01hf3qkx5b8mzw2c' }),
  createdAt: time,
};

export const usageCorrected = z
  .object({
    ...correction,
    billed: z.boolean().meta({
      description:
        'False: every period that it touches is sealed, so that no bill changes. A level that is carried over touches ' +
        'the periods after it too.',
      example: true,
    }),
  })
  .meta({ id: 'UsageCorrected' });

const version = z.object({ time, properties, retracted: z.boolean() });

export const usageCorrection = z
  .object({ ...correction, before: version, after: version })
  .meta({ id: 'UsageCorrection' });
