// Owns the shape of double entry: debits positive, credits negative, and a journal that sums to zero or is a bug (law 7).

import type { Currency } from '#actors/money/currency.ts';
import type { Instant, Minor } from '#actors/state/scalars.ts';

/** Accounts in use today; rulings B is the whole chart. */
export type Account =
  | 'receivable'
  | 'deferred_revenue'
  | 'revenue:fee'
  | 'revenue:usage'
  | 'unapplied_payments'
  | `gateway_clearing:${string}`;

export type Posting = {
  account: Account;
  /** Minor units: debit positive, credit negative. */
  amount: Minor;
  currency: Currency;
  invoiceId?: string;
  lineId?: string;
  serviceStart?: Instant;
  serviceEnd?: Instant;
};

export type Journal = {
  kind: 'invoice.finalized' | 'payment.succeeded';
  /** Id of what caused it: one cause posts once. */
  source: string;
  postings: readonly Posting[];
};

/** Builds a journal without zero postings. Throws when a currency does not sum to zero. */
export function journal(kind: Journal['kind'], source: string, postings: readonly Posting[]): Journal {
  const sums = new Map<Currency, Minor>();
  for (const { currency, amount } of postings) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  for (const [currency, sum] of sums) {
    if (sum !== 0n) throw new Error(`journal ${kind} of ${source} is off by ${sum} ${currency}`);
  }
  return { kind, source, postings: postings.filter((posting) => posting.amount !== 0n) };
}
