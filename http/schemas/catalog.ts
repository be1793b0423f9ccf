// Owns the schemas of tenants and meters as the API answers them.
import { z } from 'zod';
import { AGGREGATIONS } from '#actors/usage/aggregation.ts';
import { ROLES } from '#http/access.ts';
import { currency, decimal, id, time, zone } from './fields.ts';
import { meterSettings } from './meter-settings.ts';

export const tenant = z
  .object({
    id: id('ten'),
    name: z.string().meta({ example: 'Acme Cloud' }),
    sandbox: z.boolean().meta({ description: 'Has test clocks, and number series of its own.' }),
    currency,
    zone,
    collectionIntervalSeconds: z
      .int()
      .meta({ description: 'Wait between a period end and its final count.', example: 3600 }),
    invoiceDueDays: z.int().meta({ example: 30 }),
    lateUsageDays: z
      .int()
      .meta({ description: 'After this many days usage of a period is not billed any more.', example: 35 }),
    lateUsagePolicy: z.enum(['next_invoice', 'credit_note_only', 'ignore']),
    dunningDays: z.array(z.int()).meta({ example: [3, 5, 7] }),
    createdAt: time,
  })
  .meta({ id: 'Tenant' });

export const apiKey = z
  .object({
    id: id('key'),
    name: z.string().meta({ example: 'usage collector' }),
    role: z.enum(ROLES),
    createdAt: time,
    revokedAt: time.nullable(),
  })
  .meta({ id: 'ApiKey' });

export const apiKeyCreated = apiKey
  .extend({ key: z.string().optional().meta({ description: 'Shown once.', example: 'acc_test_…' }) })
  .meta({ id: 'ApiKeyCreated' });

export const tenantCreated = tenant
  .extend({
    legalEntity: z.object({ id: id('ent'), name: z.string(), zone, numberPrefix: z.string() }),
    apiKey: z.object({
      id: id('key'),
      key: z.string().meta({ description: 'Shown once.', example: 'acc_test_…' }),
      role: z.literal('admin'),
    }),
  })
  .meta({ id: 'TenantCreated' });

export const priceUnit = z
  .object({
    id: id('pun'),
    key: z.string().meta({ example: 'credits' }),
    name: z.string().meta({ example: 'Credits' }),
    rates: z
      .array(
        z.object({
          currency,
          rate: decimal.meta({
            description: 'Major units of the currency for one of the unit.',
            example: '0.01',
          }),
          effectiveAt: time
            .nullable()
            .meta({ description: 'In force from then on; null: from the beginning.' }),
        }),
      )
      .meta({ description: 'By currency, oldest first.' }),
    createdAt: time,
  })
  .meta({ id: 'PriceUnit' });

export const meter = z
  .object({
    id: id('mtr'),
    key: z.string().meta({ example: 'input_tokens' }),
    name: z.string().meta({ example: 'Input tokens' }),
    eventType: z.string().meta({ example: 'llm.request' }),
    aggregation: z.enum(AGGREGATIONS),
    valueProperty: z.string().nullable().meta({ example: 'input_tokens' }),
    filters: z
      .array(z.record(z.string(), z.unknown()))
      .meta({ description: 'An event counts if all hold.', example: [{ property: 'region', in: ['eu'] }] }),
    dimensions: z.array(z.string()),
    ...meterSettings,
    createdAt: time,
  })
  .meta({ id: 'Meter' });

export const meterRefusal = z
  .object({
    property: z.string().meta({ example: 'input_tokens' }),
    code: z.string().meta({ example: 'missing_value' }),
    events: z.string().meta({ example: '3' }),
    firstAt: time,
    lastAt: time,
  })
  .meta({ id: 'MeterRefusal' });
