// Owns what an endpoint's answers say about the endpoint itself: failing since, resting until, disabled.
import type { Tx } from './scope.ts';
import type { WebhookEndpointRow } from './webhook-endpoints.ts';

/** The endpoint answered well: its failures are forgotten. */
export async function markHealthy(tx: Tx, endpointId: string): Promise<void> {
  await tx`
    update webhook_endpoints set failing_since = null, resume_at = null
    where id = ${endpointId} and (failing_since is not null or resume_at is not null)`;
}

/** The endpoint failed at `now` and rests until `resumeAt`, if given. Returns since when it only fails. */
export async function markFailing(
  tx: Tx,
  endpointId: string,
  failure: { readonly now: string; readonly resumeAt: string | undefined },
): Promise<string | undefined> {
  const rows = await tx<{ failingSince: string }[]>`
    update webhook_endpoints set failing_since = coalesce(failing_since, ${failure.now}), resume_at = ${failure.resumeAt ?? null}
    where id = ${endpointId} returning failing_since as "failingSince"`;
  return rows[0]?.failingSince;
}

export type DisabledEndpoint = Omit<WebhookEndpointRow, 'status'> & { readonly status: 'disabled' };

/** Disables an enabled endpoint and returns it; undefined when it was not enabled. */
export async function disableEndpoint(
  tx: Tx,
  endpointId: string,
  reason: string,
): Promise<DisabledEndpoint | undefined> {
  const rows = await tx<DisabledEndpoint[]>`
    update webhook_endpoints set status = 'disabled', disabled_reason = ${reason}
    where id = ${endpointId} and status = 'enabled'
    returning id, tenant_id as "tenantId", url, event_types as "eventTypes", status, disabled_reason as "disabledReason",
      concurrency, failing_since as "failingSince", created_at as "createdAt"`;
  return rows[0];
}
