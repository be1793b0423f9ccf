// Owns how charge models are documented. What a model may hold is decided by actors/pricing; this only shows it.
import { z } from 'zod';

export const amount = z.string().meta({ description: 'Decimal in major units.', example: '49.00' });
const unitAmount = z
  .string()
  .meta({ description: 'Decimal in major units, as small as needed.', example: '0.000015' });
const percent = z.string().meta({ description: 'Percentage as a decimal.', example: '2.9' });

const upTo = z
  .string()
  .nullable()
  .meta({ description: 'Inclusive; rising; null on the last tier, which is open.', example: '1000000' });
const tier = z.strictObject({ upTo, unitAmount: unitAmount.optional(), flatAmount: amount.optional() });
const percentTier = z.strictObject({ upTo, ratePercent: percent, flatAmount: amount.optional() });

const flatAtZero = z
  .boolean()
  .optional()
  .meta({ description: "Whether the first tier's flat part is due at quantity 0." });
const tiers = { tiers: z.array(tier).min(1), flatAtZero };

const cell = z.strictObject({
  when: z
    .record(z.string(), z.string())
    .meta({ description: 'Values of dimensions of the meter.', example: { region: 'eu' } }),
  unitAmount,
});

export const priceModel = z
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
    z.strictObject({
      type: z.literal('percentage'),
      ratePercent: percent,
      fixedAmount: amount
        .optional()
        .meta({ description: 'For each event that is not wholly free; its meter must sum its events.' }),
      freeEvents: z.int().optional().meta({ description: 'First events of the period that cost nothing.' }),
      freeAmount: amount.optional().meta({ description: 'First money of the period that costs nothing.' }),
      eventMinimum: amount.optional().meta({ description: 'Least that one event costs.' }),
      eventMaximum: amount.optional().meta({ description: 'Most that one event costs.' }),
    }),
    z.strictObject({
      type: z.literal('graduated_percentage'),
      tiers: z.array(percentTier).min(1),
      flatAtZero,
    }),
    z.strictObject({
      type: z.literal('dynamic'),
      multiplier: z.string().optional().meta({
        description:
          "Times the prices that came with the events (the meter's amountProperty), else the metered money.",
        example: '1.2',
      }),
    }),
    z.strictObject({
      type: z.literal('matrix'),
      cells: z
        .array(cell)
        .min(1)
        .meta({ description: 'Usage takes the cell that names most of its values, then the earlier one.' }),
      defaultUnitAmount: unitAmount,
    }),
  ])
  .meta({ id: 'PriceModel' });
