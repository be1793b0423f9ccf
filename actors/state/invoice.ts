// Owns the rows of an invoice and its lines.
// Times are the customer's.
import type { Currency } from '#actors/money/currency.ts';
import type { DecimalText, Instant, Minor } from '#actors/state/scalars.ts';

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

export type Invoice = {
  id: string;
  legalEntityId: string;
  kind: 'cycle' | 'supplement';
  groupKey: string;
  boundaryAt: Instant;
  currency: Currency;
  status: InvoiceStatus;
  /** Set by the save, from the number series, when the invoice is finalized. */
  number: string | null;
  collectionMethod: 'charge_automatically' | 'send_invoice';
  finalizeAt: Instant | null;
  issuedAt: Instant | null;
  /** Calendar day in the legal entity's zone, YYYY-MM-DD. */
  issueDate: string | null;
  dueAt: Instant | null;
  subtotal: Minor;
  tax: Minor;
  total: Minor;
  amountPaid: Minor;
  nextAttemptAt: Instant | null;
  declineCount: number;
  paidAt: Instant | null;
  createdAt: Instant;
};

export type InvoiceLine = {
  id: string;
  invoiceId: string;
  position: number;
  kind: 'fee' | 'usage' | 'late_usage';
  description: string;
  subscriptionId: string;
  chargeId: string;
  runId: string;
  component: string;
  priceId: string;
  quantity: DecimalText;
  unitAmount: DecimalText | null;
  amount: Minor;
  currency: Currency;
  serviceStart: Instant;
  serviceEnd: Instant;
  frozen: boolean;
  createdAt: Instant;
};
