// Owns the rows of who pays and with what.
// Times are the customer's.
import type { Currency } from '#actors/money/currency.ts';
import type { Instant } from '#actors/state/scalars.ts';

export type Customer = {
  id: string;
  externalId: string;
  name: string;
  currency: Currency;
  zone: string;
  clockId: string | null;
  autoCollect: boolean;
  sequence: bigint;
  dueAt: Instant | null;
  closedThrough: Instant | null;
  parkedAt: Instant | null;
  parkedReason: string | null;
};

export type PaymentMethod = {
  id: string;
  gateway: string;
  token: string;
  brand: string | null;
  last4: string | null;
  isDefault: boolean;
  createdAt: Instant;
};
