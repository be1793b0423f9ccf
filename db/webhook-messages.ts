// Owns the webhook_messages table: the bytes that are signed and sent, stored once under the billing event's id.
import type { Tx } from './scope.ts';

export type WebhookMessage = {
  /** The billing event's id; it has no dot, because a signature joins its parts with dots. */
  readonly id: string;
  readonly tenantId: string;
  readonly eventType: string;
  readonly body: string;
};

/** Stores messages; one that exists already keeps its bytes. */
export async function insertMessages(
  tx: Tx,
  messages: readonly WebhookMessage[],
  now: string,
): Promise<void> {
  if (messages.length === 0) return;
  const column = <K extends keyof WebhookMessage>(key: K) => messages.map((message) => message[key]);
  await tx`
    insert into webhook_messages (id, tenant_id, event_type, body, created_at)
    select n.id, n.tenant_id, n.event_type, n.body, ${now}
    from unnest(${column('id')}::text[], ${column('tenantId')}::text[], ${column('eventType')}::text[], ${column('body')}::text[])
      as n (id, tenant_id, event_type, body)
    on conflict (id) do nothing`;
}
