// Owns the catalogue of public facts and the shape those about a customer leave the actor in.

/** Every type there is: the tenant's own first, then those of a customer. */
export const BILLING_EVENT_TYPES = [
  'billing.meter.created',
  'billing.meter.updated',
  'billing.price_unit.created',
  'billing.price_unit.rate_set',
  'billing.plan.created',
  'billing.plan.version_published',
  'billing.webhook_endpoint.disabled',
  'billing.customer.created',
  'billing.customer.parked',
  'billing.customer.released',
  'billing.charge.parked',
  'billing.subscription.created',
  'billing.subscription.updated',
  'billing.subscription.canceled',
  'billing.invoice.created',
  'billing.invoice.paid',
  'billing.payment.succeeded',
  'billing.payment.failed',
] as const;

export type BillingEventType = (typeof BILLING_EVENT_TYPES)[number];

export type BillingEvent = {
  type: BillingEventType;
  objectType: 'customer' | 'charge' | 'subscription' | 'invoice' | 'payment';
  objectId: string;
  /** Full snapshot of the object: camelCase, money as integer text in minor units. */
  data: Readonly<Record<string, unknown>>;
  /** Values of the changed fields before the change. */
  previous?: Readonly<Record<string, unknown>>;
};
