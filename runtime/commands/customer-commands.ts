// Owns the payloads of commands about customers, their payment methods, subscriptions and invoices.
import { z } from 'zod';
import { isCardNumber } from '#actors/payments/card-number.ts';
import { currencyCode, email, ID_CHARS_MAX, instant, KEY_CHARS_MAX, key, text, zoneName } from './fields.ts';

const gatewayMethod = {
  gateway: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/),
  /** The gateway's own name of a stored card; never a card number. */
  token: text(500).refine(
    (token) => !isCardNumber(token),
    'must be a token of the gateway, not a card number',
  ),
  brand: text(50).optional(),
  last4: z
    .string()
    .regex(/^[0-9]{4}$/)
    .optional(),
};

export const customerCreate = z.strictObject({
  externalId: text(200),
  name: text(200),
  email: email.optional(),
  /** Absent: the tenant's. */
  currency: currencyCode.optional(),
  zone: zoneName.optional(),
  /** Id of a test clock; the customer lives in its time. */
  testClock: text(ID_CHARS_MAX).optional(),
  paymentMethod: z.strictObject(gatewayMethod).optional(),
});

export const paymentMethodAttach = z.strictObject({
  ...gatewayMethod,
  /** The first method is the default in any case. */
  isDefault: z.boolean().optional(),
});

const decimal = z.string().regex(/^\d{1,15}(\.\d{1,10})?$/, 'must be a decimal of at most 15 and 10 digits');

export const subscriptionCreate = z.strictObject({
  /** Key of a plan, or id of a plan version. */
  plan: text(KEY_CHARS_MAX),
  /** Absent: the customer's now. A later instant schedules it, an earlier one bills the elapsed periods. */
  startAt: instant.optional(),
  /** Quantities of the plan's prices by price key; absent: 1. */
  quantities: z.record(key, decimal).optional(),
  usageScope: z.enum(['customer', 'subscription']).optional(),
  /** One that the plan is sold in; absent: the customer's if it is, else the plan's. */
  currency: currencyCode.optional(),
  /** Moves to newer versions of the plan as they come into force; absent: false. */
  followsPlan: z.boolean().optional(),
  /** Agreed with this customer alone, by price key: what differs from the plan's price; null leaves a term out. */
  prices: z.record(key, z.record(z.string(), z.json())).optional(),
});

export const subscriptionMove = z.strictObject({
  subscriptionId: text(ID_CHARS_MAX),
  /** Id of a version of its plan: moves there at the next boundary. */
  planVersion: text(ID_CHARS_MAX).optional(),
  followsPlan: z.boolean().optional(),
});

export const subscriptionCancel = z.strictObject({
  subscriptionId: text(ID_CHARS_MAX),
  /** Absent: true. */
  atPeriodEnd: z.boolean().optional(),
});

export const invoicePay = z.strictObject({ invoiceId: text(ID_CHARS_MAX) });

export const customerRelease = z.strictObject({});
