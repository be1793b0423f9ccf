// Owns how charge models are documented. What a model may hold is decided by actors/pricing; this only shows it.
import { z } from 'zod';

const amount = z.string().meta({ description: 'Decimal in major units.', example: '49.00' });
const unitAmount = z
  .string()
  .meta({ description: 'Decimal in major units, as small as needed.', example: '0.000015' });

const tier = z.strictObject({
  upTo: z.string().nullable().meta({ description: 'Inclusive; null on the last tier.', example: '1000000' }),
  unitAmount: unitAmount.optional(),
  flatAmount: amount.optional(),
});

const tiers = {
  tiers: z.array(tier).min(1),
  flatAtZero: z
    .boolean()
    .optional()
    .meta({ description: "Whether the first tier's flat part is due at quantity 0." }),
};

const priceModel = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('flat'), amount }),
    z.strictObject({ type: z.literal('per_unit'), unitAmount }),
    z.strictObject({
      type: z.literal('package'),
      amount,
      size: z.string().meta({ description: 'Units in a package.', example: '1000' }),
      rounding: z.enum(['up', 'down', 'nearest']).optional(),
    }),
    z.strictObject({ type: z.literal('graduated'), ...tiers }),
    z.strictObject({ type: z.literal('volume'), ...tiers }),
  ])
  .meta({ id: 'PriceModel' });

/** The body of createPlan with its models spelt out. */
export const planRequest = z.strictObject({
  key: z.string(),
  name: z.string(),
  currency: z.string(),
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.int().min(1).max(1000).optional(),
  prices: z
    .array(
      z.strictObject({
        key: z.string(),
        name: z.string(),
        cadence: z.enum(['in_advance', 'in_arrears']),
        meter: z.string().optional().meta({ description: 'Key of the meter of a usage price.' }),
        model: priceModel,
      }),
    )
    .min(1)
    .max(100),
});
