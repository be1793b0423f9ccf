// Owns how the terms of a price and the plans that hold it are documented; actors/pricing decides what they may be.
import { z } from 'zod';
import { amount, priceModel } from './price-models.ts';

const WINDOWS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'half_year', 'year'] as const;

/** In the order in which rating applies them. */
export const priceTerms = {
  priceUnit: z.string().optional().meta({
    description: 'Key of the unit that its amounts are in, converted at a dated rate; absent: the currency.',
  }),
  ratedPer: z.enum(WINDOWS).optional().meta({
    description:
      "Each calendar window of the subscription's zone is converted, freed, priced and committed alone.",
  }),
  conversion: z
    .strictObject({
      operation: z.enum(['divide', 'multiply']),
      factor: z.string().meta({ example: '1073741824' }),
      rounding: z.enum(['none', 'up', 'down', 'nearest']).optional(),
      decimals: z.int().min(-15).max(15).optional(),
    })
    .optional()
    .meta({ description: 'From the metered unit to the billed one.' }),
  freeUnits: z
    .strictObject({
      quantity: z.string().meta({ example: '1000' }),
      reset: z.enum(['period', 'never', ...WINDOWS]).optional(),
    })
    .optional()
    .meta({ description: 'Units that cost nothing, and when they come back.' }),
  discountPercent: z
    .string()
    .optional()
    .meta({ description: 'Taken off what the model made.', example: '10' }),
  commitment: z
    .strictObject({
      type: z.enum(['amount', 'quantity']),
      value: z.string().meta({ example: '500' }),
      overageFactor: z.string().optional().meta({ description: 'What lies beyond counts so many times.' }),
      trueUp: z.boolean().optional().meta({ description: 'Whether what is missing is billed in the end.' }),
      over: z.enum(['period', 'term']).optional(),
      periods: z.int().min(2).max(1200).optional().meta({ description: 'Billing periods of a term.' }),
    })
    .optional(),
  maximum: amount.optional().meta({ description: 'Most that a period costs.' }),
  minimum: amount.optional().meta({ description: 'Least that a period costs.' }),
};

/** What is agreed with one customer instead of a price of the plan. */
export const agreedPrices = z
  .record(z.string(), z.strictObject({ model: priceModel, ...priceTerms }).partial())
  .optional()
  .meta({
    description: "By price key: what differs from the plan's price. A term that is null is left out.",
    example: { input: { discountPercent: '10' } },
  });

/** Which part of its meter a price of a plan counts. */
export const priceFilter = z
  .strictObject({
    where: z.record(z.string(), z.array(z.string().nullable()).min(1)).meta({
      description: 'Dimension of the meter → values; null stands for usage without it.',
      example: { region: ['eu'] },
    }),
    priority: z.int().optional().meta({ description: 'Higher comes first; 0 when absent.' }),
  })
  .optional()
  .meta({
    description:
      'Several prices may count one meter: an event is counted by the first whose filter it meets, by priority, then by ' +
      'how many dimensions are named, then by key; the price without a filter counts the rest.',
  });

const priceRequest = z.strictObject({
  key: z.string(),
  name: z.string(),
  cadence: z.enum(['in_advance', 'in_arrears']),
  meter: z.string().optional().meta({ description: 'Key of the meter of a usage price.' }),
  currency: z
    .string()
    .optional()
    .meta({ description: "The plan's when absent. Each currency has a price for every key." }),
  filter: priceFilter,
  model: priceModel,
  ...priceTerms,
});

/** The body of createPlan with its prices spelt out. */
export const planRequest = z.strictObject({
  key: z.string(),
  name: z.string(),
  currency: z.string(),
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.int().min(1).max(1000).optional(),
  prices: z.array(priceRequest).min(1).max(100),
});

/** The body of publishPlanVersion with its prices spelt out. */
export const planVersionRequest = planRequest
  .omit({ key: true, name: true })
  .partial({ currency: true, interval: true })
  .extend({
    effectiveAt: z
      .string()
      .optional()
      .meta({ description: 'For subscriptions that start or follow from then on; at once when absent.' }),
  });
