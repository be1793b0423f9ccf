// Owns the rows of the intent to bill one origin for one service period (ruling R12).
// Times are the customer's.
import type { Currency } from '#actors/money/currency.ts';
import type { RatingFrame } from '#actors/state/rating-frame.ts';
import type { DecimalText, Instant, Minor } from '#actors/state/scalars.ts';

export type FlatFeeStatus = 'created' | 'active' | 'issuing' | 'final' | 'deleted';

export type UsageChargeStatus =
  | 'created'
  | 'active'
  | 'active.final_realization.started'
  | 'active.final_realization.waiting_for_collection'
  | 'active.final_realization.processing'
  | 'active.final_realization.issuing'
  | 'active.final_realization.completed'
  | 'final'
  | 'deleted';

/** Fields that every kind of charge has. */
export type ChargeBase = {
  id: string;
  subscriptionId: string;
  itemId: string;
  origin: string;
  settlementMode: 'credit_only' | 'credit_then_invoice';
  revision: number;
  currency: Currency;
  priceId: string;
  meterId: string | null;
  scopeId: string;
  quantity: DecimalText | null;
  /** Null for a plain price. */
  rating: RatingFrame | null;
  serviceStart: Instant;
  serviceEnd: Instant;
  billedAt: Instant;
  cutoffAt: Instant | null;
  /** Null exactly when the charge is final, deleted or superseded. */
  advanceAt: Instant | null;
  lateCheckAt: Instant | null;
  sealedAt: Instant | null;
  bookedAmount: Minor;
  bookedQuantity: DecimalText;
  /** Number of the last run. */
  runCount: number;
  parkedAt: Instant | null;
  parkedReason: string | null;
  createdAt: Instant;
};

export type FlatFeeCharge = ChargeBase & { kind: 'flat_fee'; status: FlatFeeStatus };

export type UsageCharge = ChargeBase & { kind: 'usage_based'; status: UsageChargeStatus; meterId: string };

export type Charge = FlatFeeCharge | UsageCharge;
