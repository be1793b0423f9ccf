// Owns what is sold as a decision sees it: published, so it never changes.
import type { Currency } from '#actors/money/currency.ts';
import type { PriceModel } from '#actors/pricing/price.ts';
import type { BillingInterval } from '#actors/state/subscription.ts';

export type Price = {
  id: string;
  key: string;
  name: string;
  cadence: 'in_advance' | 'in_arrears';
  meterId: string | null;
  model: PriceModel;
};

/** A published plan version as a command names it. */
export type PlanVersion = {
  id: string;
  currency: Currency;
  interval: BillingInterval;
  intervalCount: number;
  prices: readonly Price[];
};
