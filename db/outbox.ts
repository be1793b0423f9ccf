// Owns the outbox: billing events that are committed but not yet told. Used by the relay, in the system scope.
import type { Tx } from './scope.ts';

/** A billing event as told to others. `data` and `previous` are JSON text, so that no number passes a float. */
export type OutboxEvent = {
  readonly id: string;
  readonly tenantId: string;
  readonly customerId: string | null;
  /** Counts one customer's events without gaps; null for the tenant's own events. */
  readonly sequence: string | null;
  readonly type: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly occurredAt: string;
  readonly data: string;
  readonly previous: string | null;
  readonly trace: string | null;
};

/** Locks up to `max` of the oldest untold events until the transaction ends; others skip them. */
export async function claimOutbox(tx: Tx, max: number): Promise<OutboxEvent[]> {
  return await tx<OutboxEvent[]>`
    with claimed as (
      select event_id from outbox order by created_at, event_id limit ${max} for update skip locked
    )
    select e.id, e.tenant_id as "tenantId", e.customer_id as "customerId", e.sequence, e.type, e.object_type as "objectType",
      e.object_id as "objectId", e.occurred_at as "occurredAt", e.data::text as data, e.previous::text as previous, e.trace
    from claimed join billing_events e on e.id = claimed.event_id
    order by e.created_at, e.id`;
}

export async function deleteOutbox(tx: Tx, eventIds: readonly string[]): Promise<void> {
  await tx`delete from outbox where event_id = any(${[...eventIds]}::text[])`;
}

export type ListeningEndpoint = {
  readonly id: string;
  readonly tenantId: string;
  readonly eventTypes: readonly string[];
  readonly enabled: boolean;
};

/** The endpoints of these tenants that were not deleted. */
export async function listeningEndpoints(tx: Tx, tenantIds: readonly string[]): Promise<ListeningEndpoint[]> {
  return await tx<ListeningEndpoint[]>`
    select id, tenant_id as "tenantId", event_types as "eventTypes", status = 'enabled' as enabled
    from webhook_endpoints where tenant_id = any(${[...tenantIds]}::text[]) and status <> 'deleted' order by id`;
}
