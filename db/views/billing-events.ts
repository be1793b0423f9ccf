// Owns how billing events look from outside: by tenant newest first, by customer in their own numbering.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type BillingEventView = {
  readonly id: string;
  readonly type: string;
  readonly customerId: string | null;
  /** Gapless per customer. */
  readonly sequence: string | null;
  readonly objectType: string;
  readonly objectId: string;
  readonly data: unknown;
  readonly previous: unknown;
  /** In the customer's time. */
  readonly occurredAt: string;
  readonly createdAt: string;
};

export type BillingEventFilter = { readonly type: string | undefined; readonly objectId: string | undefined };

const columns = (tx: Tx) => tx`
  id, type, customer_id as "customerId", sequence, object_type as "objectType", object_id as "objectId", data, previous,
  occurred_at as "occurredAt", created_at as "createdAt"`;

/** Newest first. */
export async function listBillingEvents(
  tx: Tx,
  tenantId: string,
  { limit, after, type, objectId }: Slice & BillingEventFilter,
): Promise<BillingEventView[]> {
  return await tx<BillingEventView[]>`
    select ${columns(tx)} from billing_events
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
      ${type === undefined ? tx`` : tx`and type = ${type}`}
      ${objectId === undefined ? tx`` : tx`and object_id = ${objectId}`}
    order by id desc limit ${limit + 1}`;
}

/** In sequence, from the one after `after` on, so that a reader that remembers the last number misses nothing. */
export async function listCustomerEvents(
  tx: Tx,
  tenantId: string,
  { customerId, limit, after }: Slice & { readonly customerId: string },
): Promise<BillingEventView[]> {
  return await tx<BillingEventView[]>`
    select ${columns(tx)} from billing_events
    where tenant_id = ${tenantId} and customer_id = ${customerId} and sequence > ${after ?? '0'}
    order by sequence limit ${limit + 1}`;
}
