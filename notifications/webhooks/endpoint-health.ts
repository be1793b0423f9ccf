// Owns what a batch of attempts means for the endpoint: healthy, failing, resting, disabled; and the event that says so.
// Runs inside the transaction that records the attempts.
import { instantText, type WallTime, wallTime } from '#actors/calendar/time.ts';
import type { Tx } from '#db/scope.ts';
import { appendTenantEvent } from '#db/tenant-events.ts';
import { disableEndpoint, markFailing, markHealthy, restEndpoint } from '#db/webhook-health.ts';
import type { Ids } from '#runtime/ids.ts';
import { injectTrace } from '#runtime/trace.ts';
import { FAILING_MS_MAX, restMs } from './retry-schedule.ts';
import type { PostResult } from './sender.ts';

type DisabledReason = 'gone' | 'failing';

/** What one claim has learned; `judgeEndpoint` updates it. */
export type Health = {
  /** A delivery has arrived since the claim. */
  succeeded: boolean;
  /** The endpoint's row says that it fails or rests. */
  marked: boolean;
  /** This claim has sent the endpoint to rest. */
  rests: boolean;
};

export type Verdict = {
  /** Nothing more may be sent now. */
  readonly stop: boolean;
  readonly disabled: boolean;
};

type Batch = {
  readonly endpointId: string;
  /** Recorded together. */
  readonly results: readonly PostResult[];
  readonly health: Health;
  readonly now: WallTime;
  readonly ids: Ids;
};

/**
 * Judges results. One success outweighs all failures of its claim, but an endpoint that says it is throttled (429) rests
 * in any case.
 */
export async function judgeEndpoint(tx: Tx, batch: Batch): Promise<Verdict> {
  const { endpointId, results, health } = batch;
  if (results.some((result) => result.outcome === 'delivered')) health.succeeded = true;
  if (results.some((result) => result.outcome === 'gone')) return disable(tx, batch, 'gone');
  if (!health.succeeded) return results.length === 0 ? GO_ON : markFailures(tx, batch);
  if (health.marked) {
    await markHealthy(tx, endpointId, { keepRest: health.rests });
    health.marked = false;
  }
  const throttled = results.filter((result) => result.outcome === 'throttled');
  return throttled.length === 0 ? GO_ON : rest(tx, batch, { reasons: throttled, failingForMs: 0 });
}

const GO_ON: Verdict = { stop: false, disabled: false };

async function markFailures(tx: Tx, batch: Batch): Promise<Verdict> {
  const { endpointId, results, health, now } = batch;
  const failingSince = await markFailing(tx, endpointId, instantText(now));
  health.marked = true;
  const failingForMs = now.since(wallTime(failingSince ?? now)).total('milliseconds');
  if (failingForMs >= FAILING_MS_MAX) return disable(tx, batch, 'failing');
  const reasons = results.filter((result) => result.overloaded);
  return reasons.length === 0 ? GO_ON : rest(tx, batch, { reasons, failingForMs });
}

async function rest(
  tx: Tx,
  { endpointId, health, now }: Batch,
  why: { readonly reasons: readonly PostResult[]; readonly failingForMs: number },
): Promise<Verdict> {
  const askedMs = Math.max(0, ...why.reasons.map((result) => result.retryAfterMs ?? 0));
  const resumeAt = now.add({ milliseconds: restMs(askedMs, why.failingForMs) });
  await restEndpoint(tx, endpointId, instantText(resumeAt));
  health.rests = true;
  return { stop: true, disabled: false };
}

async function disable(tx: Tx, batch: Batch, reason: DisabledReason): Promise<Verdict> {
  const endpoint = await disableEndpoint(tx, batch.endpointId, reason);
  if (endpoint === undefined) return { stop: true, disabled: false };
  const { tenantId, ...snapshot } = endpoint;
  const at = instantText(batch.now);
  await appendTenantEvent(tx, {
    id: batch.ids('evt'),
    tenantId,
    customerId: null,
    sequence: null,
    type: 'billing.webhook_endpoint.disabled',
    objectType: 'webhook_endpoint',
    objectId: endpoint.id,
    data: snapshot,
    occurredAt: at,
    createdAt: at,
    trace: injectTrace() ?? null,
  });
  return { stop: true, disabled: true };
}
