// Owns finding one stored event to set it right, and the trail of what was changed.
import type { Tx } from './scope.ts';

export type CorrectedEvent = {
  /** Number of the stored event. */
  readonly ref: string;
  readonly customerId: string;
  readonly type: string;
  readonly time: string;
  /** Canonical JSON would sort it; as Postgres prints it. */
  readonly properties: string;
  readonly isRetracted: boolean;
};

/** The event, locked, so that corrections and reprocessing of it go one after another. */
export async function lockEvent(
  tx: Tx,
  tenantId: string,
  named: {
    readonly customerId: string;
    readonly source: string;
    readonly id: string;
    readonly at: string | undefined;
  },
): Promise<CorrectedEvent | undefined> {
  const rows = await tx<CorrectedEvent[]>`
    select id::text as ref, customer_id as "customerId", type, event_time as time, properties::text as properties,
      retracted_at is not null as "isRetracted"
    from usage_events
    where tenant_id = ${tenantId} and customer_id = ${named.customerId} and event_id = ${named.id}
      and source = ${named.source} ${named.at === undefined ? tx`` : tx`and event_time = ${named.at}`}
    for update`;
  return rows[0];
}

/** The present of the customer's test clock; undefined in real time. */
export async function clockTimeOf(tx: Tx, tenantId: string, customerId: string): Promise<string | undefined> {
  const rows = await tx<{ nowAt: string }[]>`
    select k.now_at as "nowAt" from customers c join test_clocks k on k.tenant_id = c.tenant_id and k.id = c.clock_id
    where c.tenant_id = ${tenantId} and c.id = ${customerId}`;
  return rows[0]?.nowAt;
}

export type Correction = {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: 'amend' | 'retract';
  readonly reason: string;
  readonly commandId: string;
  readonly sentBy: string | null;
  /** System time. */
  readonly createdAt: string;
};

export type Version = { readonly time: string; readonly properties: string; readonly isRetracted: boolean };

/** Writes the trail and the event as it is from now on; its facts are usage-replace.ts. */
export async function writeCorrection(
  tx: Tx,
  correction: Correction,
  { event, after }: { readonly event: CorrectedEvent; readonly after: Version },
): Promise<void> {
  const { id, tenantId, kind, reason, commandId, sentBy, createdAt } = correction;
  await tx`
    insert into usage_corrections (id, tenant_id, customer_id, event_ref, source, event_id, kind, reason, before, after,
      command_id, sent_by, created_at)
    select ${id}, tenant_id, customer_id, id, source, event_id, ${kind}, ${reason}, ${versionText(event)}::text::jsonb,
      ${versionText(after)}::text::jsonb, ${commandId}, ${sentBy}, ${createdAt}
    from usage_events where tenant_id = ${tenantId} and id = ${event.ref}`;
  await tx`
    update usage_events set properties = ${after.properties}::text::jsonb, event_time = ${after.time},
      corrected_at = ${createdAt}, retracted_at = ${after.isRetracted ? createdAt : null}
    where tenant_id = ${tenantId} and id = ${event.ref}`;
}

/** Properties stay text, so that no digit is lost on the way. */
function versionText({ time, properties, isRetracted }: Version): string {
  return `{"time":${JSON.stringify(time)},"properties":${properties},"retracted":${isRetracted}}`;
}
