// Owns the schemas of what usage costs, as the API answers it: analyses, single events, and how late usage is counted.
import { z } from 'zod';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { AGGREGATIONS } from '#actors/usage/aggregation.ts';
import { currency, decimal, id, minorUnits, time, zone } from './fields.ts';

const costs = z
  .array(z.object({ currency, amount: minorUnits }))
  .meta({ description: 'One for each currency; none: no price covers the usage.' });

const figures = {
  quantity: decimal.nullable().meta({ description: 'Null when nothing was counted and there is no zero.' }),
  eventCount: z.string().meta({ example: '128' }),
  costs,
};

export const usageAnalysisAnswer = z
  .object({
    customerId: id('cus'),
    from: time,
    to: time,
    window: z.enum(WINDOW_UNITS).nullable(),
    zone,
    costs,
    items: z
      .array(
        z.object({
          meterId: id('mtr'),
          meter: z.string().meta({ example: 'input_tokens' }),
          name: z.string().meta({ example: 'Input tokens' }),
          aggregation: z.enum(AGGREGATIONS),
          group: z.record(z.string(), z.string().nullable()).meta({
            description: 'By what was grouped by; null: usage without it.',
            example: { source: 'api-eu-1' },
          }),
          ...figures,
          points: z
            .array(z.object({ from: time, to: time, ...figures }))
            .meta({ description: 'Each window, empty ones too; none without `window`.' }),
        }),
      )
      .meta({ description: 'By meter, the most expensive group first.' }),
  })
  .meta({
    id: 'UsageAnalysis',
    description: 'Points of an item and items of a meter add up to what it costs.',
  });

const eventCost = z
  .object({
    chargeId: id('chg'),
    priceId: id('prc'),
    priceKey: z.string().meta({ example: 'input' }),
    servicePeriod: z.object({ start: time, end: time }),
    quantityBefore: decimal.meta({ description: 'Cumulative in the period, right before the event.' }),
    quantityAfter: decimal,
    currency,
    exact: decimal.meta({ description: 'Major units: what it adds before the one rounding and the terms.' }),
    amount: minorUnits.meta({ description: 'What it adds to the rounded amount with all terms.' }),
    steps: z
      .array(z.record(z.string(), z.unknown()))
      .meta({ description: 'Steps of the rating that are other with the event, such as its tier.' }),
    text: z.array(z.string()),
  })
  .meta({ id: 'UsageEventCost' });

export const usageEventCosts = z
  .object({
    ref: z.string().meta({ description: 'Number in the order of ingest.', example: '42' }),
    id: z.string().meta({ example: 'req-42' }),
    source: z.string().meta({ example: 'api-eu-1' }),
    type: z.string().meta({ example: 'llm.request' }),
    customerId: id('cus'),
    time,
    retractedAt: time.nullable(),
    parts: z
      .array(
        z.object({
          meterId: id('mtr'),
          value: decimal,
          without: z
            .enum(['no_charge', 'level', 'not_rated'])
            .nullable()
            .meta({
              description:
                'Why there is no cost: no charge covers it; a level costs by the time it is held; an earlier period, on ' +
                'which it depends, is not rated yet.',
            }),
          cost: eventCost.nullable(),
        }),
      )
      .meta({ description: 'What each meter made of it.' }),
  })
  .meta({ id: 'UsageEventCosts' });

const seconds = decimal.nullable().meta({ description: 'Seconds; null without events.', example: '0.184' });

export const usageLagAnswer = z
  .object({
    meterId: id('mtr'),
    from: time,
    to: time,
    events: z.string().meta({ description: 'Of customers in real time.', example: '128' }),
    average: seconds,
    p50: seconds,
    p95: seconds,
    p99: seconds,
    longest: seconds,
  })
  .meta({ id: 'UsageLag' });
