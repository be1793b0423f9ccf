// Owns the dispatch of one endpoint's due deliveries: claim under lease and epoch, send signed, record fenced (H9).
// At most one dispatcher works for an endpoint at a time, so its concurrency cap holds across all processes.
import { wallTime } from '#actors/calendar/time.ts';
import { renewClaims } from '#db/claims.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import {
  type ClaimedDelivery,
  type ClaimedEndpoint,
  claimDueDeliveries,
  lockIdleEndpoint,
  releaseDeliveries,
} from '#db/webhook-claims.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import { Fenced } from '#runtime/errors.ts';
import { claimFromNow, holding } from '#runtime/holding.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { SecretBox } from '#runtime/secret-box.ts';
import { withTrace } from '#runtime/trace.ts';
import { runBatch } from './delivery-batch.ts';
import type { Recorder } from './recorder.ts';
import type { PostResult, Sender } from './sender.ts';
import { signatureHeaders } from './signature.ts';

/** A healthy endpoint's claim is this many times its concurrency: fewer transactions, few repeats after a crash. */
const CLAIM_ROUNDS = 20;
/** Of a batch no delivery starts later than this: others may claim the rest. */
const START_MS_MAX = 15_000;
/** A job gives its worker back after this, so that a long backlog does not keep others waiting. */
const JOB_MS_MAX = 5_000;

export type DispatcherDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: Bell;
  readonly box: SecretBox;
  readonly sender: Sender;
  readonly recorder: Recorder;
  readonly cross?: Crossing;
};

export type Dispatcher = {
  /** Sends what is due, until nothing is, or the job has had its time. Rejects with Fenced when a record came too late. */
  dispatch(tenantId: string, endpointId: string, signal: AbortSignal): Promise<void>;
};

type Claim = {
  readonly endpoint: ClaimedEndpoint;
  readonly deliveries: readonly ClaimedDelivery[];
  readonly max: number;
};

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { sql, clock, bell, cross = straightAcross } = deps;

  const claim = (tenantId: string, endpointId: string): Promise<Claim | undefined> =>
    inTenant(sql, tenantId, async (tx) => {
      const lease = claimFromNow(clock);
      const endpoint = await lockIdleEndpoint(tx, endpointId, lease.now);
      if (endpoint === undefined) return undefined;
      const max = claimMax(endpoint);
      const deliveries = await claimDueDeliveries(tx, endpointId, { ...lease, max });
      return { endpoint, deliveries, max };
    });

  return {
    async dispatch(tenantId, endpointId, signal) {
      const untilMs = clock.monotonicMs() + JOB_MS_MAX;
      for (;;) {
        if (signal.aborted) return;
        const claimed = await cross('dispatch.claim', () => claim(tenantId, endpointId));
        if (claimed === undefined || claimed.deliveries.length === 0) return;
        const claims = claimed.deliveries;
        const renew = (leaseUntil: string) =>
          inTenant(sql, tenantId, (tx) => renewClaims(tx, 'webhook_deliveries', { claims, leaseUntil }));
        const { unsent, stop } = await holding(clock, renew, () =>
          sendClaim(deps, { tenantId, ...claimed, signal }),
        );
        // What is committed from here on rings by itself.
        if (stop || (unsent === 0 && claimed.deliveries.length < claimed.max)) return;
        if (clock.monotonicMs() >= untilMs) break;
      }
      const ring: Ring = { queue: 'webhook-dispatch', tenant: tenantId, key: endpointId };
      await cross('dispatch.ring', () => bell.ring([ring]));
    },
  };
}

/** After a rest one delivery tries first; an endpoint that fails gets no more than it can have under way. */
function claimMax({ resumeAt, failingSince, concurrency }: ClaimedEndpoint): number {
  if (resumeAt !== null) return 1;
  return failingSince === null ? concurrency * CLAIM_ROUNDS : concurrency;
}

async function sendClaim(
  deps: DispatcherDeps,
  claim: Claim & { readonly tenantId: string; readonly signal: AbortSignal },
): Promise<{ unsent: number; stop: boolean }> {
  const { sql, clock, recorder, cross = straightAcross } = deps;
  const { tenantId, endpoint, deliveries, signal } = claim;
  const startUntilMs = clock.monotonicMs() + START_MS_MAX;
  const secrets = secretsOf(deps, endpoint);
  const record = recorder.open(tenantId, endpoint);

  const unsent = await runBatch<ClaimedDelivery, PostResult>(deliveries, {
    concurrency: endpoint.concurrency,
    raisesDoubt: (result) => result.overloaded || result.outcome === 'gone',
    mayStart: () => !signal.aborted && clock.monotonicMs() < startUntilMs,
    send: (delivery) => cross('dispatch.post', () => sendOne(deps, { endpoint, delivery, secrets, signal })),
    record: (ended) => record.write(ended),
  });
  if (unsent.length > 0) {
    await cross('dispatch.release', () => inTenant(sql, tenantId, (tx) => releaseDeliveries(tx, unsent)));
  }
  if (record.fenced().length > 0) {
    throw new Fenced(`deliveries ${record.fenced().join(', ')} were claimed by someone else`);
  }
  return { unsent: unsent.length, stop: record.stopped() };
}

function secretsOf({ box, clock }: DispatcherDeps, endpoint: ClaimedEndpoint): string[] {
  const { id, secret, previousSecret, previousSecretUntil } = endpoint;
  const current = box.open(secret, id);
  if (previousSecret === null || previousSecretUntil === null) return [current];
  const overlaps = Temporal.Instant.compare(clock.wall(), wallTime(previousSecretUntil)) < 0;
  return overlaps ? [current, box.open(previousSecret, id)] : [current];
}

function sendOne(
  { clock, sender }: DispatcherDeps,
  one: {
    readonly endpoint: ClaimedEndpoint;
    readonly delivery: ClaimedDelivery;
    readonly secrets: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<PostResult | undefined> {
  const { endpoint, delivery, secrets, signal } = one;
  const { messageId: id, body } = delivery;
  const span = { name: 'webhook delivery', parent: delivery.trace, kind: 'client' as const };
  return withTrace({ ...span, attributes: { 'accrue.message_id': id } }, async (active) => {
    const timestamp = Math.floor(clock.wall().epochMilliseconds / 1000);
    const headers = signatureHeaders({ id, timestamp, body }, secrets);
    const result = await sender.post({
      endpointId: endpoint.id,
      url: endpoint.url,
      concurrency: endpoint.concurrency,
      headers,
      body,
      signal,
    });
    active.setAttribute('accrue.outcome', result?.outcome ?? 'given_up');
    return result;
  });
}
