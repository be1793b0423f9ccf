// Owns what clients know for certain: every command and event that was answered, in the words of the one who asked.
// The reference model reads nothing else.

export type Accepted = {
  tenants: { id: string; live: boolean }[];
  units: PriceUnit[];
  plans: { id: string; tenant: string; key: string; versions: PlanVersion[] }[];
  customers: AcceptedCustomer[];
  subscriptions: AcceptedSubscription[];
  events: UsageFact[];
  endpoints: AcceptedEndpoint[];
  clocks: { id: string; tenant: string; now: string }[];
};

export type AcceptedCustomer = {
  id: string;
  tenant: string;
  name: string;
  clock: string | undefined;
  token: string;
  zone: string;
};

/** `secret` signs what happens after `sinceMs` of the world's time. Before, another one may have, which nobody was told. */
export type AcceptedEndpoint = { id: string; tenant: string; secret: string; sinceMs: number };

export type AcceptedSubscription = {
  id: string;
  customer: string;
  plan: string;
  currency: Currency;
  anchorAt: string;
  endsAt: string | undefined;
  seats: string;
  followsPlan: boolean;
  /** Agreed for the fee alone, in every version. */
  feeDiscount: string | undefined;
  /** Each holds from the first boundary after `at`. */
  moves: { at: string; version: string }[];
};

export type Currency = 'USD' | 'JPY' | 'KWD';

/** What one costs from `effectiveAt` on; undefined: always. In order. */
export type PriceUnit = {
  tenant: string;
  key: string;
  rates: { currency: Currency; rate: string; effectiveAt: string | undefined }[];
};

/** In force from `effectiveAt` for who starts or follows; undefined: always. In order. */
export type PlanVersion = { id: string; effectiveAt: string | undefined; prices: PlanPrice[] };

export type Aggregate =
  | 'sum'
  | 'count'
  | 'max'
  | 'min'
  | 'latest'
  | 'average'
  | 'unique_count'
  | 'percentile'
  | 'time_weighted_average'
  | 'time_weighted_sum';

export type Dimension = 'region' | 'size';

/** In the words of the API. */
export type Meter = Form & {
  key: string;
  eventType: 'request' | 'gauge';
  aggregation: Aggregate;
  /** Of a meter that is changed: how it read events at first, and after each change. */
  forms?: Form[];
  multiplier?: string;
  dimensions?: Dimension[];
  percentile?: string;
  percentileMethod?: 'nearest_rank' | 'interpolated';
  bucket?: { unit: Window; zone: string };
  carriedOver?: boolean;
  level?: 'latest' | 'sum' | 'unique_count';
  timeUnit?: 'hour' | 'day';
  operationProperty?: 'op';
  amountProperty?: 'price';
};

/** How a meter reads an event. */
export type Form = {
  valueProperty?: 'amount' | 'weight' | 'label';
  filters?: { property: 'amount'; gt: string }[];
};

export type Window = 'hour' | 'day' | 'week';

export type UsagePrice = {
  key: string;
  kind: 'usage';
  currency: Currency;
  meter: Meter;
  tariff: Tariff;
  terms: Terms;
};

export type FeePrice = { key: string; kind: 'fee'; currency: Currency; amount: string; priceUnit?: string };

export type PlanPrice = FeePrice | UsagePrice;

export type Tariff =
  | { type: 'per_unit'; unitAmount: string }
  | { type: 'package'; amount: string; size: string }
  | {
      type: 'percentage';
      ratePercent: string;
      fixedAmount?: string;
      freeEvents?: number;
      freeAmount?: string;
      eventMinimum?: string;
      eventMaximum?: string;
    }
  | { type: 'graduated_percentage'; tiers: { upTo: string | null; ratePercent: string }[] }
  | { type: 'dynamic'; multiplier: string }
  | { type: 'matrix'; cells: { when: Place; unitAmount: string }[]; defaultUnitAmount: string }
  | {
      type: 'graduated' | 'volume';
      tiers: { upTo: string | null; unitAmount: string; flatAmount?: string }[];
    };

/** Where usage was, as far as it said. */
export type Place = { [dimension in Dimension]?: string };

export type Terms = {
  filter?: { where: { [dimension in Dimension]?: (string | null)[] }; priority: number };
  priceUnit?: string;
  ratedPer?: Window;
  conversion?: {
    operation: 'divide' | 'multiply';
    factor: string;
    rounding: 'none' | 'up' | 'down' | 'nearest';
  };
  freeUnits?: { quantity: string; reset?: 'period' | Window };
  discountPercent?: string;
  commitment?: { type: 'amount' | 'quantity'; value: string; overageFactor: string; trueUp: boolean };
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
  said: Said;
  /** The form in which a meter that is changed has read it last. */
  reading: number;
};

/** What an event says besides its amount. */
export type Said = { label: string; op: 'add' | 'remove'; price: string; weight: string } & Place;

export function nothingAccepted(): Accepted {
  return {
    tenants: [],
    units: [],
    plans: [],
    customers: [],
    subscriptions: [],
    events: [],
    endpoints: [],
    clocks: [],
  };
}
