// Owns the webhook_endpoints table: who hears of a tenant's events, and whether they may be called.
// Secrets come in and go out sealed. Refuses to know how a delivery is made.
import type { Tx } from './scope.ts';

export type NewWebhookEndpoint = {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  /** Sealed, as are all secrets here. */
  readonly secret: Uint8Array;
  /** Empty: all types. */
  readonly eventTypes: readonly string[];
  readonly concurrency: number;
  readonly createdAt: string;
};

export type WebhookEndpointRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly status: 'enabled' | 'disabled' | 'deleted';
  readonly disabledReason: string | null;
  readonly concurrency: number;
  readonly failingSince: string | null;
  readonly createdAt: string;
};

export type WebhookEndpointChange = {
  readonly url?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly concurrency?: number | undefined;
  readonly status?: 'enabled' | 'disabled' | undefined;
};

const columns = (tx: Tx) => tx`
  id, tenant_id as "tenantId", url, event_types as "eventTypes", status, disabled_reason as "disabledReason",
  concurrency, failing_since as "failingSince", created_at as "createdAt"`;

export async function insertWebhookEndpoint(
  tx: Tx,
  endpoint: NewWebhookEndpoint,
): Promise<WebhookEndpointRow> {
  const rows = await tx<WebhookEndpointRow[]>`
    insert into webhook_endpoints (id, tenant_id, url, secret, event_types, status, concurrency, created_at)
    values (${endpoint.id}, ${endpoint.tenantId}, ${endpoint.url}, ${endpoint.secret}, ${[...endpoint.eventTypes]}::text[],
      'enabled', ${endpoint.concurrency}, ${endpoint.createdAt})
    returning ${columns(tx)}`;
  const [row] = rows;
  if (row === undefined) throw new Error(`webhook endpoint ${endpoint.id} was not inserted`);
  return row;
}

/** The endpoint after the change; undefined when there is none. Enabling forgets earlier failures. */
export async function updateWebhookEndpoint(
  tx: Tx,
  id: string,
  change: WebhookEndpointChange,
): Promise<WebhookEndpointRow | undefined> {
  const { url = null, eventTypes = null, concurrency = null, status = null } = change;
  const rows = await tx<WebhookEndpointRow[]>`
    update webhook_endpoints set
      url = coalesce(${url}::text, url),
      event_types = coalesce(${eventTypes === null ? null : [...eventTypes]}::text[], event_types),
      concurrency = coalesce(${concurrency}::integer, concurrency),
      status = coalesce(${status}::text, status),
      disabled_reason = case ${status}::text when 'enabled' then null
        when 'disabled' then coalesce(disabled_reason, 'operator') else disabled_reason end,
      failing_since = case when ${status}::text = 'enabled' then null else failing_since end,
      resume_at = case when ${status}::text = 'enabled' then null else resume_at end
    where id = ${id} and status <> 'deleted'
    returning ${columns(tx)}`;
  return rows[0];
}

/** Ends an endpoint; what is still queued for it becomes exhausted at `now`. False when there is none. */
export async function deleteWebhookEndpoint(tx: Tx, id: string, now: string): Promise<boolean> {
  // Waits for whoever makes deliveries for it right now, so that the second statement sees them; an update alone would not.
  await tx`select 1 from webhook_endpoints where id = ${id} for update`;
  const rows = await tx`
    update webhook_endpoints set status = 'deleted', disabled_reason = null
    where id = ${id} and status <> 'deleted' returning id`;
  await tx`
    update webhook_deliveries set status = 'exhausted', next_attempt_at = null, lease_until = null, finished_at = ${now},
      epoch = epoch + 1
    where endpoint_id = ${id} and status = 'pending' and ${rows.length} > 0`;
  return rows.length > 0;
}

/** Puts a new sealed secret in use; the one before keeps signing beside it until `previousUntil`. */
export async function rotateWebhookSecret(
  tx: Tx,
  id: string,
  next: { readonly secret: Uint8Array; readonly previousUntil: string },
): Promise<WebhookEndpointRow | undefined> {
  const rows = await tx<WebhookEndpointRow[]>`
    update webhook_endpoints set previous_secret = secret, previous_secret_until = ${next.previousUntil}, secret = ${next.secret}
    where id = ${id} and status <> 'deleted'
    returning ${columns(tx)}`;
  return rows[0];
}
