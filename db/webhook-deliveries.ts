// Owns the making of deliveries: the first of a message to each endpoint, and replays of one that was made before.
import type { Tx } from './scope.ts';

export type NewDelivery = {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly messageId: string;
  readonly trace: string | null;
  /** False: the endpoint's queue is full, and the row only says that it was not sent. It can be replayed. */
  readonly queued: boolean;
};

/**
 * Inserts first deliveries, due at `now`; one that exists already is left alone. An endpoint that is deleted at this moment gets
 * none: either this sees its end, or its end sees these (deleteWebhookEndpoint).
 */
export async function insertDeliveries(
  tx: Tx,
  deliveries: readonly NewDelivery[],
  now: string,
): Promise<void> {
  if (deliveries.length === 0) return;
  const column = <K extends keyof NewDelivery>(key: K) => deliveries.map((delivery) => delivery[key]);
  await tx`
    insert into webhook_deliveries (id, tenant_id, endpoint_id, message_id, status, next_attempt_at, finished_at, trace, created_at)
    select n.id, n.tenant_id, n.endpoint_id, n.message_id,
      case when n.queued then 'pending' else 'exhausted' end,
      case when n.queued then ${now}::timestamptz end, case when not n.queued then ${now}::timestamptz end, n.trace, ${now}
    from unnest(${column('id')}::text[], ${column('tenantId')}::text[], ${column('endpointId')}::text[],
      ${column('messageId')}::text[], ${column('trace')}::text[], ${deliveries.map((delivery) => String(delivery.queued))}::text[]::boolean[])
      as n (id, tenant_id, endpoint_id, message_id, trace, queued)
    join webhook_endpoints e on e.id = n.endpoint_id and e.status <> 'deleted'
    for key share of e
    on conflict (message_id, endpoint_id, replay) do nothing`;
}

/** How many deliveries wait for an endpoint, counted up to `max`. */
export async function countQueued(tx: Tx, endpointId: string, max: number): Promise<number> {
  const rows = await tx<{ count: number }[]>`
    select count(*)::integer as count from (
      select 1 from webhook_deliveries where endpoint_id = ${endpointId} and status = 'pending' limit ${max}) q`;
  return rows[0]?.count ?? 0;
}

/**
 * Makes a new delivery, due at `now`, of the same message to the same endpoint: same webhook-id, same bytes.
 * Undefined when the delivery does not exist or its endpoint was deleted.
 */
export async function insertReplay(
  tx: Tx,
  replay: { readonly id: string; readonly deliveryId: string; readonly now: string; readonly trace?: string },
): Promise<{ readonly id: string; readonly endpointId: string; readonly messageId: string } | undefined> {
  const rows = await tx<{ id: string; endpointId: string; messageId: string }[]>`
    insert into webhook_deliveries (id, tenant_id, endpoint_id, message_id, replay, status, next_attempt_at, trace, created_at)
    select ${replay.id}, d.tenant_id, d.endpoint_id, d.message_id,
      (select max(l.replay) + 1 from webhook_deliveries l where l.message_id = d.message_id and l.endpoint_id = d.endpoint_id),
      'pending', ${replay.now}, ${replay.trace ?? null}, ${replay.now}
    from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.id = ${replay.deliveryId} and e.status <> 'deleted'
    returning id, endpoint_id as "endpointId", message_id as "messageId"`;
  return rows[0];
}
