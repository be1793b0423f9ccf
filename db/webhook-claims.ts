// Owns the claim of an endpoint's due deliveries: at most one dispatcher works for an endpoint at a time, under a lease
// and an epoch (protocols H9). Refuses to know how they are sent.
import type { Tx } from './scope.ts';

export type ClaimedEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly secret: Uint8Array;
  readonly previousSecret: Uint8Array | null;
  readonly previousSecretUntil: string | null;
  readonly concurrency: number;
  readonly failingSince: string | null;
  /** Set: it was overloaded, and one delivery may now try whether it still is. */
  readonly resumeAt: string | null;
};

export type ClaimedDelivery = {
  readonly id: string;
  readonly epoch: number;
  /** Attempts made before this claim. */
  readonly attemptCount: number;
  readonly messageId: string;
  readonly body: string;
  readonly trace: string | null;
};

/**
 * Locks the endpoint until the transaction ends. Undefined when it may not be called at `now`: disabled, deleted,
 * resting, or another dispatcher's leases still run.
 */
export async function lockIdleEndpoint(
  tx: Tx,
  endpointId: string,
  now: string,
): Promise<ClaimedEndpoint | undefined> {
  const [endpoint] = await tx<ClaimedEndpoint[]>`
    select id, url, secret, previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil",
      concurrency, failing_since as "failingSince", resume_at as "resumeAt"
    from webhook_endpoints
    where id = ${endpointId} and status = 'enabled' and (resume_at is null or resume_at <= ${now})
    for no key update`;
  if (endpoint === undefined) return undefined;
  // A statement of its own: its snapshot sees what the dispatcher we waited for has committed.
  const busy = await tx`
    select 1 from webhook_deliveries
    where endpoint_id = ${endpointId} and status = 'pending' and lease_until > ${now} limit 1`;
  return busy.length > 0 ? undefined : endpoint;
}

/** Claims the `max` oldest due deliveries of a locked endpoint until `leaseUntil`. */
export async function claimDueDeliveries(
  tx: Tx,
  endpointId: string,
  claim: { readonly now: string; readonly leaseUntil: string; readonly max: number },
): Promise<ClaimedDelivery[]> {
  return await tx<ClaimedDelivery[]>`
    with due as (
      select id from webhook_deliveries
      where endpoint_id = ${endpointId} and status = 'pending' and next_attempt_at <= ${claim.now}
      order by next_attempt_at, id limit ${claim.max}
      for update skip locked
    )
    update webhook_deliveries d set epoch = d.epoch + 1, lease_until = ${claim.leaseUntil}
    from due, webhook_messages m
    where d.id = due.id and m.id = d.message_id
    returning d.id, d.epoch, d.attempt_count as "attemptCount", d.message_id as "messageId", m.body, d.trace`;
}

/** Gives back claimed deliveries that were not tried; they stay due as they were. */
export async function releaseDeliveries(
  tx: Tx,
  claims: readonly Pick<ClaimedDelivery, 'id' | 'epoch'>[],
): Promise<void> {
  await tx`
    update webhook_deliveries d set lease_until = null
    from unnest(${claims.map((claim) => claim.id)}::text[], ${claims.map((claim) => claim.epoch)}::integer[]) as c (id, epoch)
    where d.id = c.id and d.epoch = c.epoch and d.next_attempt_at is not null`;
}
