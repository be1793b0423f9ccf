// Owns the catalogue of public facts about a customer and the shape they leave the actor in.

export type BillingEventType =
  | 'billing.customer.parked'
  | 'billing.customer.released'
  | 'billing.subscription.created'
  | 'billing.subscription.updated'
  | 'billing.subscription.canceled'
  | 'billing.invoice.created'
  | 'billing.invoice.paid'
  | 'billing.payment.succeeded'
  | 'billing.payment.failed';

export type BillingEvent = {
  type: BillingEventType;
  objectType: 'customer' | 'subscription' | 'invoice' | 'payment';
  objectId: string;
  /** Full snapshot of the object: camelCase, money as integer text in minor units. */
  data: Readonly<Record<string, unknown>>;
  /** Values of the changed fields before the change. */
  previous?: Readonly<Record<string, unknown>>;
};
