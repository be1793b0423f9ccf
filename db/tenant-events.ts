// Owns how the tenant's own actor writes billing events: the fact and its place in the outbox, in one statement.
import type { Tx } from './scope.ts';

export type TenantEventRow = {
  readonly id: string;
  readonly tenantId: string;
  /** Set for the first event of a new customer only, which then has sequence 1. */
  readonly customerId: string | null;
  readonly sequence: number | null;
  readonly type: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly data: object;
  /** In the customer's time; for the tenant's own events the same as createdAt. */
  readonly occurredAt: string;
  readonly createdAt: string;
  readonly trace: string | null;
};

export async function appendTenantEvent(tx: Tx, event: TenantEventRow): Promise<void> {
  await tx`
    with appended as (
      insert into billing_events (id, tenant_id, customer_id, sequence, type, object_type, object_id, data, occurred_at,
        created_at, trace)
      values (${event.id}, ${event.tenantId}, ${event.customerId}, ${event.sequence}, ${event.type}, ${event.objectType},
        ${event.objectId}, ${tx.json(event.data as never)}, ${event.occurredAt}, ${event.createdAt}, ${event.trace})
      returning id, tenant_id, created_at
    )
    insert into outbox (event_id, tenant_id, created_at) select id, tenant_id, created_at from appended`;
}
