// Owns the union of messages that a customer's actor understands: commands from outside, outcomes from its own jobs.
import type { Rejection } from '#actors/rejection.ts';

export type AttachPaymentMethod = {
  type: 'payment_method.attach';
  gateway: string;
  token: string;
  brand?: string | undefined;
  last4?: string | undefined;
  isDefault?: boolean | undefined;
};

export type CreateSubscription = {
  type: 'subscription.create';
  /** Plan key or plan version id. */
  plan: string;
  /** RFC 3339; default: now. A later instant schedules it, an earlier one bills the elapsed periods. */
  startAt?: string | undefined;
  /** Quantities of the plan's prices, by price key; default 1. */
  quantities?: Readonly<Record<string, string>> | undefined;
  usageScope?: 'customer' | 'subscription' | undefined;
  /** One that the plan is sold in; default the customer's if it is, else the plan's. */
  currency?: string | undefined;
  /** Moves to newer versions of the plan as they come into force; default false. */
  followsPlan?: boolean | undefined;
  /** Agreed with this customer alone, by price key: what differs from the plan's price, null for a term that is left out. */
  prices?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
};

export type MoveSubscription = {
  type: 'subscription.move';
  subscriptionId: string;
  /** Id of a version of its plan; absent: keeps to what else is given. */
  planVersion?: string | undefined;
  followsPlan?: boolean | undefined;
};

export type CancelSubscription = {
  type: 'subscription.cancel';
  subscriptionId: string;
  /** Default true. */
  atPeriodEnd?: boolean | undefined;
};

export type PayInvoice = { type: 'invoice.pay'; invoiceId: string };

export type ReleaseCustomer = { type: 'customer.release' };

export type AttemptOutcome =
  | { kind: 'succeeded'; reference: string }
  | { kind: 'declined'; code: string; message: string }
  /** System time at which the same key may be asked again. */
  | { kind: 'unknown'; retryAt: Temporal.Instant };

export type RecordPayment = {
  type: 'payment.record';
  attemptId: string;
  /** The epoch under which the call was made; another one is fenced (protocols H9). */
  epoch: number;
  outcome: AttemptOutcome;
};

/** From the turn itself: what hit a bug is set aside. */
export type ParkCustomer = { type: 'customer.park'; reason: string };
export type ParkCharge = { type: 'charge.park'; chargeId: string; reason: string };

/** From the turn itself: a command that the database refused, or that this release cannot read, is answered so. */
export type RefuseCommand = { type: 'command.refuse'; outcome: Rejection };

export type Message =
  | AttachPaymentMethod
  | CreateSubscription
  | CancelSubscription
  | MoveSubscription
  | PayInvoice
  | ReleaseCustomer
  | RecordPayment
  | ParkCustomer
  | ParkCharge
  | RefuseCommand;
