// Owns the schemas of customers, their payment methods and subscriptions as the API answers them.
import { z } from 'zod';
import { currency, decimal, id, interval, time, zone } from './fields.ts';

const paymentMethod = z
  .object({
    id: id('pm'),
    gateway: z.string().meta({ example: 'fake' }),
    brand: z.string().nullable().meta({ example: 'visa' }),
    last4: z.string().nullable().meta({ example: '4242' }),
    isDefault: z.boolean(),
    createdAt: time,
  })
  .meta({ id: 'PaymentMethod' });

const head = {
  id: id('cus'),
  externalId: z.string().meta({ description: 'Your own id of the customer.', example: 'acme' }),
  name: z.string().meta({ example: 'Acme Ltd' }),
  email: z.string().nullable().meta({ example: 'billing@acme.example' }),
  currency,
  zone,
  testClock: id('clk').nullable(),
};

export const customer = z
  .object({
    ...head,
    autoCollect: z.boolean(),
    sequence: z.string().meta({ description: 'Number of its last billing event.', example: '7' }),
    parkedAt: time.nullable().meta({ description: 'Set while a bug keeps its actor from working.' }),
    parkedReason: z.string().nullable(),
    parkedCharges: z.int().meta({ description: 'How many of its charges a bug keeps from being billed.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Customer' });

export const customerDetail = customer
  .extend({ paymentMethods: z.array(paymentMethod) })
  .meta({ id: 'CustomerDetail' });

export const customerCreated = z
  .object({
    ...head,
    paymentMethods: z.array(paymentMethod.omit({ createdAt: true })),
    createdAt: time,
  })
  .meta({ id: 'CustomerCreated' });

export const paymentMethodAttached = z.object({ id: id('pm'), isDefault: z.boolean() });

export const subscriptionStatus = z.enum([
  'scheduled',
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'paused',
  'canceled',
  'unpaid',
]);

const agreement = {
  id: id('sub'),
  customerId: id('cus'),
  planVersionId: id('plv'),
  nextPlanVersionId: id('plv').nullable().meta({ description: 'Moves there at its next boundary.' }),
  followsPlan: z.boolean().meta({ description: 'Moves to newer versions as they come into force.' }),
  status: subscriptionStatus,
  currency,
  anchorAt: time,
  periodStart: time,
  periodEnd: time,
  cancelAt: time.nullable(),
  endedAt: time.nullable(),
};

export const subscription = z
  .object({
    ...agreement,
    planId: id('pln'),
    planKey: z.string().meta({ example: 'pro' }),
    zone,
    interval,
    intervalCount: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Subscription' });

const item = z
  .object({
    id: id('itm'),
    priceId: id('prc'),
    priceKey: z.string().meta({ example: 'input' }),
    quantity: decimal,
    usageScope: z.enum(['customer', 'subscription']),
    effectiveFrom: time,
    effectiveTo: time.nullable(),
  })
  .meta({ id: 'Item' });

export const subscriptionDetail = subscription
  .extend({ items: z.array(item) })
  .meta({ id: 'SubscriptionDetail' });

export const subscriptionMoved = z.object({
  id: id('sub'),
  nextPlanVersionId: id('plv').nullable(),
  followsPlan: z.boolean(),
});

export const subscriptionCreated = z
  .object({ ...agreement, customerExternalId: z.string().meta({ example: 'acme' }) })
  .meta({ id: 'SubscriptionCreated' });
