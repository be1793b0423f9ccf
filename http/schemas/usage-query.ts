// Owns the schemas of questions about usage and of their answers.
import { z } from 'zod';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { jsonParameter, listParameter } from '#http/list-parameter.ts';
import { instant, zoneName } from '#runtime/commands/fields.ts';
import { dimensionFilter, dimensionNames, usageNarrowing } from '#runtime/usage/fields.ts';
import { decimal, id, pathName, time, zone } from './fields.ts';

export const meterParameter = pathName.meta({ description: 'Id or key.', example: 'input_tokens' });

export const spanParameters = {
  from: instant.meta({ example: '2023-11-01T00:00:00Z' }),
  to: instant.meta({ description: 'Not included.', example: '2023-12-01T00:00:00Z' }),
};

export const windowParameters = {
  window: z
    .enum(WINDOW_UNITS)
    .optional()
    .meta({ description: 'Absent: all in one. Weeks begin on Monday.', example: 'day' }),
  zone: zoneName.optional().meta({
    description: 'IANA zone whose calendar cuts the windows; absent: UTC.',
    example: 'Europe/Berlin',
  }),
};

export const customersParameter = listParameter(usageNarrowing.customers.unwrap(), {
  description: 'Ids, or your own ids, parted by commas or as a JSON array. Absent: all customers.',
  example: 'acme',
}).optional();

export const scopeParameter = pathName.optional().meta({
  description:
    '`customer`: usage that belongs to no subscription; the id of a subscription: its own. Absent: both.',
  example: 'customer',
});

export const filterParameter = jsonParameter(dimensionFilter, {
  description: 'JSON object: dimension → values that count, null for usage without it.',
  example: '{"region":["eu","us"]}',
}).optional();

export const groupParameter = listParameter(dimensionNames, {
  description: 'Dimensions of the meter, and `customer`, parted by commas or as a JSON array.',
  example: 'region',
}).optional();

const dimensionValues = z
  .record(z.string(), z.string().nullable())
  .meta({ description: 'By dimension; null: usage without it.', example: { region: 'eu' } });

export const usageTable = z
  .object({
    meterId: id('mtr'),
    meter: z.string().meta({ example: 'input_tokens' }),
    aggregation: z.string().meta({ example: 'sum' }),
    customers: z.array(id('cus')).nullable().meta({ description: 'Who was asked about; null: all.' }),
    from: time,
    to: time,
    window: z.enum(WINDOW_UNITS).nullable(),
    zone,
    rows: z.array(
      z.object({
        from: time,
        to: time.meta({ description: 'Not included. The first and last window are cut to what was asked.' }),
        customerId: id('cus').nullable(),
        dimensions: dimensionValues,
        quantity: decimal
          .nullable()
          .meta({ description: 'Null when nothing was counted and there is no zero.' }),
        eventCount: z.string().meta({ example: '128' }),
      }),
    ),
  })
  .meta({
    id: 'UsageTable',
    description: 'By window, then group; every group in every window, empty ones too.',
  });
