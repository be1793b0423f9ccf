// Owns the schemas of rated amounts with their explanation, as the API answers them.
import { z } from 'zod';
import { currency, decimal, id, minorUnits, time } from './fields.ts';
import { priceFilter, priceTerms } from './price-terms.ts';

const step = z.record(z.string(), z.unknown()).meta({
  description: 'One step of the charge model; the subtotals of all steps add up to `exact`.',
  example: {
    kind: 'tier',
    tier: 1,
    from: '0',
    to: '100',
    quantity: '100',
    unitAmount: '0.10',
    subtotal: '10',
  },
});
const adjustment = z.record(z.string(), z.unknown()).meta({
  description: 'What a term added or took, in minor units.',
  example: { kind: 'minimum_spend', amount: '500' },
});

const carried = z.object({ amount: minorUnits, quantity: decimal });

/** How an amount came about, by the steps of rating. */
export const rating = {
  exact: decimal.meta({
    description: 'What the charge model made, in major units, before the one rounding.',
  }),
  steps: z.array(step),
  adjustments: z.array(adjustment).optional(),
};

export const sentences = z
  .array(z.string())
  .meta({ example: ['150 units at USD 0.10 each: USD 15', 'listed USD 15, rounded once to USD 15.00'] });

const share = z.object({ part: z.array(time), whole: z.array(time) });

const where = z.record(z.string(), z.array(z.string().nullable()));

export const lineExplanation = z
  .object({
    invoiceId: id('inv'),
    lineId: id('lin'),
    runId: id('run'),
    chargeId: id('chg'),
    kind: z.enum(['fee', 'usage', 'late_usage']),
    description: z.string().meta({ example: 'Input tokens' }),
    currency,
    price: z.object({
      id: id('prc'),
      key: z.string(),
      name: z.string(),
      model: z.record(z.string(), z.unknown()),
      filter: priceFilter,
      ...priceTerms,
    }),
    servicePeriod: z.object({ start: time, end: time }),
    quantity: decimal.meta({ description: 'Cumulative over the service period.' }),
    usage: z
      .object({
        meterId: id('mtr'),
        eventCount: z.string().meta({ example: '42' }),
        from: time,
        to: time.meta({ description: 'Event times lie before it.' }),
        only: z
          .object({ where, after: z.array(where) })
          .optional()
          .meta({
            description:
              'The part of the meter that the price counts: what meets `where` and none of `after`.',
          }),
        receivedBefore: time.meta({
          description:
            'What was received later is not in it; for `late_usage` what was received at this instant may be.',
        }),
        recounted: z.object({
          quantity: decimal,
          eventCount: z.string(),
          agrees: z
            .boolean()
            .meta({ description: 'Whether what is stored now makes what the line counted.' }),
          correctedSince: z.int().meta({
            description: 'Events of the period that were amended or retracted after the line was made.',
            example: 0,
          }),
          reprocessedSince: z.int().meta({
            description: 'Reprocessings of the meter that changed what it reads, after the line was made.',
            example: 0,
          }),
        }),
      })
      .nullable()
      .meta({ description: 'What was counted, and counted again now; null for a fee.' }),
    listAmount: minorUnits.meta({ description: 'What the whole quantity costs.' }),
    amount: minorUnits.meta({ description: 'What this line bills of it.' }),
    ...rating,
    stepsOmitted: z
      .int()
      .optional()
      .meta({ description: 'Steps that are not kept, beyond the first thousand.' }),
    parts: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Parts of the usage that the price is rated on.' }),
    around: z
      .object({
        share: share.optional(),
        termShare: share.optional(),
        isTermEnd: z.literal(true).optional(),
        before: carried.optional(),
        unitRate: z
          .object({ unit: z.string(), rate: decimal, since: time.nullable() })
          .optional()
          .meta({ description: 'What one of its unit cost, for a price in a unit.' }),
      })
      .optional()
      .meta({ description: 'Time served, and what earlier periods took.' }),
    bookedBefore: carried.meta({ description: 'What earlier runs of the same charge booked.' }),
    text: sentences,
    recomputed: z
      .object({ listAmount: minorUnits, amount: minorUnits, agrees: z.boolean() })
      .meta({ description: 'The amount rated again now, from stored facts.' }),
  })
  .meta({ id: 'LineExplanation' });
