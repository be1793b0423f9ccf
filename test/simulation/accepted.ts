// Owns what clients know for certain: every command and event that was answered, in the words of the one who asked.
// The reference model reads nothing else.

export type Accepted = {
  tenants: { id: string; live: boolean }[];
  plans: { id: string; tenant: string; key: string; versions: PlanVersion[] }[];
  customers: { id: string; tenant: string; name: string; clock: string | undefined; token: string }[];
  subscriptions: AcceptedSubscription[];
  events: UsageFact[];
  endpoints: AcceptedEndpoint[];
  clocks: { id: string; tenant: string; now: string }[];
};

/** `secret` signs what happens after `sinceMs` of the world's time. Before, another one may have, which nobody was told. */
export type AcceptedEndpoint = { id: string; tenant: string; secret: string; sinceMs: number };

export type AcceptedSubscription = {
  id: string;
  customer: string;
  plan: string;
  anchorAt: string;
  endsAt: string | undefined;
  seats: string;
  followsPlan: boolean;
  /** Agreed for the fee alone, in every version. */
  feeDiscount: string | undefined;
  /** Each holds from the first boundary after `at`. */
  moves: { at: string; version: string }[];
};

/** In force from `effectiveAt` for who starts or follows; undefined: always. In order. */
export type PlanVersion = { id: string; effectiveAt: string | undefined; prices: PlanPrice[] };

export type Aggregate = 'sum' | 'count' | 'max' | 'min' | 'latest' | 'average' | 'unique_count';

export type UsagePrice = {
  key: string;
  kind: 'usage';
  quantity: Aggregate;
  eventType: string;
  tariff: Tariff;
  terms: Terms;
};

export type PlanPrice = { key: string; kind: 'fee'; amount: string } | UsagePrice;

export type Tariff =
  | { type: 'per_unit'; unitAmount: string }
  | { type: 'package'; amount: string; size: string }
  | { type: 'percentage'; ratePercent: string }
  | {
      type: 'graduated' | 'volume';
      tiers: { upTo: string | null; unitAmount: string; flatAmount?: string }[];
    };

export type Terms = {
  freeUnits?: { quantity: string };
  discountPercent?: string;
  commitment?: { type: 'amount'; value: string; overageFactor: string; trueUp: boolean };
  maximum?: string;
  minimum?: string;
};

/**
 * An event that was answered `created` or `duplicate`, as it was last set right; conflicting bodies are not here. Without a
 * value it is retracted.
 */
export type UsageFact = {
  customer: string;
  id: string;
  type: string;
  at: string;
  value: string | undefined;
  label: string;
};

export function nothingAccepted(): Accepted {
  return { tenants: [], plans: [], customers: [], subscriptions: [], events: [], endpoints: [], clocks: [] };
}
