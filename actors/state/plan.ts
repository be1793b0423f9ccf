// Owns what is sold as a decision sees it: published, so it never changes.
import type { Currency } from '#actors/money/currency.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { BillingInterval } from '#actors/state/subscription.ts';

/** A charge model and its terms, and where they stand in a plan. */
export type Price = UsagePrice & {
  id: string;
  key: string;
  name: string;
  cadence: 'in_advance' | 'in_arrears';
  meterId: string | null;
  /** Absent: the plan version's. */
  currency?: Currency;
  /** The plan's price that this one, agreed with one customer, stands in for. */
  parentPriceId?: string;
};

/** A price agreed with one customer as it is stored when it is made; the rest is that of the plan's price. */
export type AgreedPrice = { id: string; parentPriceId: string; price: UsagePrice };

/** A published plan version as a command names it, with the prices of all its currencies. */
export type PlanVersion = {
  id: string;
  planId: string;
  /** Counts from 1. */
  number: number;
  currency: Currency;
  interval: BillingInterval;
  intervalCount: number;
  prices: readonly Price[];
};

/** The prices of a version in one currency; none when it is not sold in it. */
export function pricesIn(plan: PlanVersion, currency: Currency): readonly Price[] {
  return plan.prices.filter((price) => (price.currency ?? plan.currency) === currency);
}
