// Owns how webhook endpoints look from outside: never their secrets.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type WebhookEndpointView = {
  readonly id: string;
  readonly url: string;
  /** Empty: all types. */
  readonly eventTypes: readonly string[];
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  readonly concurrency: number;
  readonly failingSince: string | null;
  readonly createdAt: string;
};

const columns = (tx: Tx) => tx`
  id, url, event_types as "eventTypes", status, disabled_reason as "disabledReason", concurrency,
  failing_since as "failingSince", created_at as "createdAt"`;

/** Newest first. */
export async function listWebhookEndpoints(
  tx: Tx,
  tenantId: string,
  { limit, after }: Slice,
): Promise<WebhookEndpointView[]> {
  return await tx<WebhookEndpointView[]>`
    select ${columns(tx)} from webhook_endpoints
    where tenant_id = ${tenantId} and status <> 'deleted' ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
}

export async function findWebhookEndpoint(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<WebhookEndpointView | undefined> {
  const rows = await tx<WebhookEndpointView[]>`
    select ${columns(tx)} from webhook_endpoints where tenant_id = ${tenantId} and id = ${id} and status <> 'deleted'`;
  return rows[0];
}
