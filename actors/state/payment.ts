// Owns the rows of money asked for (attempts), received (payments) and used (allocations).
// Times are the customer's unless a comment says system time.
import type { Currency } from '#actors/money/currency.ts';
import type { Instant, Minor } from '#actors/state/scalars.ts';

export type PaymentAttempt = {
  id: string;
  invoiceId: string;
  number: number;
  status: 'intended' | 'unknown' | 'succeeded' | 'failed';
  amount: Minor;
  currency: Currency;
  gateway: string;
  paymentMethodId: string;
  token: string;
  providerKey: string;
  providerReference: string | null;
  declineCode: string | null;
  declineMessage: string | null;
  epoch: number;
  /** System time of the next call while intended or unknown. */
  nextCallAt: Instant | null;
  createdAt: Instant;
  settledAt: Instant | null;
};

export type Payment = {
  id: string;
  gateway: string;
  reference: string;
  attemptId: string | null;
  amount: Minor;
  currency: Currency;
  receivedAt: Instant;
};

export type PaymentAllocation = {
  id: string;
  paymentId: string;
  invoiceId: string;
  amount: Minor;
  createdAt: Instant;
};
