// Owns what an endpoint's answers say about the endpoint itself: failing since, resting until, disabled.
import type { Tx } from './scope.ts';
import type { WebhookEndpointRow } from './webhook-endpoints.ts';

/** The endpoint answered well: its failures are forgotten, and so is its rest unless that began just now. */
export async function markHealthy(
  tx: Tx,
  endpointId: string,
  { keepRest }: { keepRest: boolean },
): Promise<void> {
  await tx`
    update webhook_endpoints set failing_since = null, resume_at = case when ${keepRest}::boolean then resume_at end
    where id = ${endpointId}`;
}

/** The endpoint failed at `now`. Returns since when it only fails; its rest, if it had one, is over. */
export async function markFailing(tx: Tx, endpointId: string, now: string): Promise<string | undefined> {
  const rows = await tx<{ failingSince: string }[]>`
    update webhook_endpoints set failing_since = coalesce(failing_since, ${now}), resume_at = null
    where id = ${endpointId} returning failing_since as "failingSince"`;
  return rows[0]?.failingSince;
}

/** Nothing is sent to the endpoint before `resumeAt`. */
export async function restEndpoint(tx: Tx, endpointId: string, resumeAt: string): Promise<void> {
  await tx`update webhook_endpoints set resume_at = ${resumeAt} where id = ${endpointId}`;
}

/** Disables an enabled endpoint and returns it; undefined when it was not enabled. */
export async function disableEndpoint(
  tx: Tx,
  endpointId: string,
  reason: string,
): Promise<WebhookEndpointRow | undefined> {
  const rows = await tx<WebhookEndpointRow[]>`
    update webhook_endpoints set status = 'disabled', disabled_reason = ${reason}
    where id = ${endpointId} and status = 'enabled'
    returning id, tenant_id as "tenantId", url, event_types as "eventTypes", status, disabled_reason as "disabledReason",
      concurrency, failing_since as "failingSince", created_at as "createdAt"`;
  return rows[0];
}
