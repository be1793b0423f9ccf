// Owns how deliveries look from outside, each with its attempts.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type WebhookAttemptView = {
  readonly number: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly responseExcerpt: string | null;
  readonly durationMs: number;
  readonly attemptedAt: string;
};

export type WebhookDeliveryView = {
  readonly id: string;
  readonly endpointId: string;
  /** Also the id of the billing event. */
  readonly messageId: string;
  readonly eventType: string;
  /** 0 for the first sending. */
  readonly replay: number;
  readonly status: 'pending' | 'delivered' | 'exhausted';
  readonly attemptCount: number;
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly attempts: readonly WebhookAttemptView[];
};

export type WebhookDeliveryFilter = {
  readonly endpointId: string | undefined;
  readonly messageId: string | undefined;
  readonly status: string | undefined;
};

/** Newest first. */
export async function listWebhookDeliveries(
  tx: Tx,
  tenantId: string,
  { limit, after, endpointId, messageId, status }: Slice & WebhookDeliveryFilter,
): Promise<WebhookDeliveryView[]> {
  const deliveries = await tx<Omit<WebhookDeliveryView, 'attempts'>[]>`
    select d.id, d.endpoint_id as "endpointId", d.message_id as "messageId", m.event_type as "eventType", d.replay,
      d.status, d.attempt_count as "attemptCount", d.next_attempt_at as "nextAttemptAt", d.created_at as "createdAt",
      d.finished_at as "finishedAt"
    from webhook_deliveries d join webhook_messages m on m.id = d.message_id
    where d.tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and d.id < ${after}`}
      ${endpointId === undefined ? tx`` : tx`and d.endpoint_id = ${endpointId}`}
      ${messageId === undefined ? tx`` : tx`and d.message_id = ${messageId}`}
      ${status === undefined ? tx`` : tx`and d.status = ${status}`}
    order by d.id desc limit ${limit + 1}`;
  const attempts = await tx<(WebhookAttemptView & { readonly deliveryId: string })[]>`
    select delivery_id as "deliveryId", number, outcome, status_code as "statusCode",
      response_excerpt as "responseExcerpt", duration_ms as "durationMs", attempted_at as "attemptedAt"
    from webhook_attempts where delivery_id = any(${deliveries.map((delivery) => delivery.id)}::text[])
    order by delivery_id, number`;
  const byDelivery = Map.groupBy(attempts, (attempt) => attempt.deliveryId);
  return deliveries.map((delivery) => ({
    ...delivery,
    attempts: (byDelivery.get(delivery.id) ?? []).map(shown),
  }));
}

function shown(attempt: WebhookAttemptView): WebhookAttemptView {
  const { number, outcome, statusCode, responseExcerpt, durationMs, attemptedAt } = attempt;
  return { number, outcome, statusCode, responseExcerpt, durationMs, attemptedAt };
}
