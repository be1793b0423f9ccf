// Owns how corrections of usage events look from outside: who changed what, when and why, with what was before.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type UsageCorrectionView = {
  readonly id: string;
  readonly kind: 'amend' | 'retract';
  readonly customerId: string;
  readonly source: string;
  readonly eventId: string;
  /** Number of the stored event. */
  readonly ref: string;
  readonly reason: string;
  /** JSON of {time, properties, retracted}, every digit as it was sent. */
  readonly before: string;
  readonly after: string;
  readonly commandId: string;
  /** Id of the API key, or what a program in the same process called itself. */
  readonly sentBy: string | null;
  readonly createdAt: string;
};

export type UsageCorrectionFilter = {
  /** Id of the customer. */
  readonly customerId: string | undefined;
  /** The seller's id of the event. */
  readonly eventId: string | undefined;
};

/** Newest first. */
export async function listUsageCorrections(
  tx: Tx,
  tenantId: string,
  { customerId, eventId, limit, after }: Slice & UsageCorrectionFilter,
): Promise<UsageCorrectionView[]> {
  return await tx<UsageCorrectionView[]>`
    select id, kind, customer_id as "customerId", source, event_id as "eventId", event_ref::text as ref, reason,
      before::text as before, after::text as after, command_id as "commandId", sent_by as "sentBy", created_at as "createdAt"
    from usage_corrections
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
      ${customerId === undefined ? tx`` : tx`and customer_id = ${customerId}`}
      ${eventId === undefined ? tx`` : tx`and event_id = ${eventId}`}
    order by id desc limit ${limit + 1}`;
}
