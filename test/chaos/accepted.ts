// Owns what clients of a chaos run know for certain: what they were answered. The reckoning reads it and the rows.

export type AcceptedCustomer = {
  readonly id: string;
  readonly externalId: string;
  readonly token: string;
  readonly subscription: string;
  /** What must be on its invoices, by the plan and by what it used. */
  invoices: number;
  cents: number;
};

export type Accepted = {
  readonly customers: AcceptedCustomer[];
  /** Tokens used, by customer and the event's own id. */
  readonly events: Map<string, number>;
};

export function nothingAccepted(): Accepted {
  return { customers: [], events: new Map() };
}

export function eventKey(customerId: string, eventId: string): string {
  return `${customerId} ${eventId}`;
}
