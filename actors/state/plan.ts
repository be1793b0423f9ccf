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
};

/** A published plan version as a command names it. */
export type PlanVersion = {
  id: string;
  currency: Currency;
  interval: BillingInterval;
  intervalCount: number;
  prices: readonly Price[];
};
