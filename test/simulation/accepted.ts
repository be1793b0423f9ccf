// Owns what clients know for certain: every command and event that was answered, in the words of the one who asked.
// The reference model reads nothing else.

export type Accepted = {
  tenants: { id: string; live: boolean }[];
  plans: { id: string; tenant: string; key: string; prices: PlanPrice[] }[];
  customers: { id: string; tenant: string; name: string; clock: string | undefined; token: string }[];
  subscriptions: {
    id: string;
    customer: string;
    plan: string;
    anchorAt: string;
    endsAt: string | undefined;
  }[];
  events: UsageFact[];
  endpoints: { id: string; tenant: string; secret: string }[];
  clocks: { id: string; tenant: string; now: string }[];
};

export type PlanPrice =
  | { key: string; kind: 'fee'; amount: string }
  | {
      key: string;
      kind: 'usage';
      quantity: 'sum' | 'count' | 'max';
      eventType: string;
      tariff:
        | { type: 'per_unit'; unitAmount: string }
        | { type: 'package'; amount: string; size: string }
        | { type: 'graduated'; tiers: { upTo: string | null; unitAmount: string }[] };
    };

/** An event that was answered `created` or `duplicate`; conflicting bodies are not here. */
export type UsageFact = { customer: string; id: string; type: string; at: string; value: string };

export function nothingAccepted(): Accepted {
  return { tenants: [], plans: [], customers: [], subscriptions: [], events: [], endpoints: [], clocks: [] };
}
