// Owns the rows of an agreement in force: the subscription, its items and their versions.
// Times are the customer's.
import type { Currency } from '#actors/money/currency.ts';
import type { DecimalText, Instant } from '#actors/state/scalars.ts';

export type SubscriptionStatus =
  | 'scheduled'
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'paused'
  | 'canceled'
  | 'unpaid';

export type BillingInterval = 'day' | 'week' | 'month' | 'year';

export type Subscription = {
  id: string;
  planVersionId: string;
  status: SubscriptionStatus;
  currency: Currency;
  zone: string;
  interval: BillingInterval;
  intervalCount: number;
  anchorAt: Instant;
  periodIndex: number;
  periodStart: Instant;
  periodEnd: Instant;
  cancelAt: Instant | null;
  endedAt: Instant | null;
  /** Moves to a newer version of its plan at the first boundary at which that is in force. */
  followsPlan: boolean;
  /** The version to which it moves at its next boundary. */
  nextPlanVersionId: string | null;
  createdAt: Instant;
};

export type Item = { id: string; subscriptionId: string; position: number };

export type UsageScope = 'customer' | 'subscription';

export type ItemVersion = {
  id: string;
  itemId: string;
  subscriptionId: string;
  priceId: string;
  meterId: string | null;
  quantity: DecimalText;
  usageScope: UsageScope;
  /** The filter of its price as text (actors/pricing/usage-filter.ts); '' without one. */
  usageGroup: string;
  effectiveFrom: Instant;
  effectiveTo: Instant | null;
};
