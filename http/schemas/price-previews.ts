// Owns the schemas of price previews: what is asked and what is answered.
import { z } from 'zod';
import { rating, sentences } from './explanations.ts';
import { currency, decimal, id, minorUnits, time } from './fields.ts';
import { priceModel } from './price-models.ts';
import { priceFilter, priceTerms } from './price-terms.ts';

const given = z.union([
  z.string().meta({ description: 'Decimal.', example: '1500000' }),
  z.strictObject({
    quantity: z.string().optional().meta({ description: 'Absent: the sum of the parts.' }),
    eventCount: z.int().min(0).optional(),
    events: z.array(z.string()).optional().meta({ description: "Each event's value, in order of time." }),
    eventAmount: z
      .string()
      .optional()
      .meta({ description: 'Sum of the prices that came with the events, in major units.' }),
    groups: z
      .array(z.strictObject({ values: z.record(z.string(), z.string()).optional(), quantity: z.string() }))
      .optional()
      .meta({ description: "By values of the meter's dimensions." }),
    windows: z
      .array(z.string())
      .optional()
      .meta({ description: 'Of each window of the period in order, those without usage included.' }),
  }),
]);

const share = z.strictObject({ part: z.array(z.string()).length(2), whole: z.array(z.string()).length(2) });

/** The body of previewPrices with its price spelt out. */
export const previewRequest = z.strictObject({
  price: z
    .strictObject({
      model: priceModel,
      filter: priceFilter,
      ...priceTerms,
      meter: z.string().optional().meta({ description: 'Id or key, to read the usage of a customer.' }),
    })
    .optional()
    .meta({ description: 'A price as in a plan; or `plan`.' }),
  plan: z.string().optional().meta({
    description:
      "Id or key: the prices of the customer's subscription to it at `from`, else of its newest version.",
  }),
  currency: z.string().optional().meta({ description: "Required for a price; else the plan's." }),
  quantity: given.optional().meta({ description: 'Of a price.' }),
  quantities: z
    .record(z.string(), given)
    .optional()
    .meta({ description: 'Of a plan, by price key. A fee that is not named counts once.' }),
  customer: z
    .string()
    .optional()
    .meta({ description: 'Id or your own id: its usage stands for quantities that are not given.' }),
  scope: z
    .string()
    .optional()
    .meta({ description: "Id of a subscription whose own usage is read; absent: the customer's." }),
  from: z.string().optional().meta({ description: 'Event times from then on.' }),
  to: z.string().optional().meta({ description: 'Not included.' }),
  at: z
    .string()
    .optional()
    .meta({ description: 'When rates of price units are looked up, if no customer is named.' }),
  zone: z.string().optional().meta({ description: "Whose calendar cuts windows; absent: the customer's." }),
  context: z
    .strictObject({
      share: share.optional(),
      termShare: share.optional(),
      isTermEnd: z.boolean().optional(),
      unitRate: z
        .strictObject({ unit: z.string(), rate: z.string(), since: z.string().nullable().optional() })
        .optional()
        .meta({ description: 'Of a price in a unit; absent: the rate that is stored.' }),
      before: z.strictObject({ quantity: z.string(), amount: z.string() }).optional(),
      isFinal: z.boolean().optional().meta({ description: 'False while the period goes on.' }),
    })
    .optional()
    .meta({ description: 'Of a price: what an explanation shows as `around`.' }),
});

export const previewed = z
  .object({
    currency,
    total: minorUnits,
    subscriptionId: id('sub')
      .nullable()
      .meta({ description: 'Whose prices these are; null where nobody has them yet.' }),
    usage: z
      .object({ customerId: id('cus'), from: time, to: time })
      .nullable()
      .meta({ description: 'Whose usage was read; null where all was given.' }),
    prices: z.array(
      z.object({
        priceId: id('prc').nullable(),
        key: z.string().nullable().meta({ example: 'input' }),
        name: z.string().nullable().meta({ example: 'Input tokens' }),
        meterId: id('mtr').nullable(),
        eventCount: z.string().nullable().meta({ description: 'Null where the quantity was given.' }),
        currency,
        amount: minorUnits,
        listed: minorUnits.meta({ description: 'What the model made, rounded once.' }),
        ...rating,
        quantity: decimal,
        converted: decimal.meta({ description: 'In the billed unit.' }),
        charged: decimal.meta({ description: 'Without the free part.' }),
        text: sentences,
      }),
    ),
  })
  .meta({ id: 'PricePreview' });
