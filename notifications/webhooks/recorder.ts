// Owns the record of sent deliveries: attempts, the next try, and what they say about the endpoint, in one transaction.
import { instantText, type WallTime, wallTime } from '#actors/calendar/time.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import { type AttemptRecord, recordAttempts } from '#db/webhook-attempts.ts';
import type { ClaimedDelivery, ClaimedEndpoint } from '#db/webhook-claims.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import type { Random } from '#runtime/random.ts';
import { type Health, judgeEndpoint, type Verdict } from './endpoint-health.ts';
import { retryDelayMs } from './retry-schedule.ts';
import type { PostResult } from './sender.ts';

/** A retry due sooner than this is announced by a delayed ring; for later ones the sweep is soon enough. */
const RING_MS_MAX = 60_000;

export type RecorderDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly bell: Bell;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'webhookDeliveries'>;
  readonly cross?: Crossing;
};

export type Ended = { readonly delivery: ClaimedDelivery; readonly result: PostResult };

/** The record of one claim. */
export type ClaimRecord = {
  write(ended: readonly Ended[]): Promise<{ readonly stop: boolean }>;
  /** Deliveries that someone else had claimed when their record came. */
  fenced(): readonly string[];
  stopped(): boolean;
};

export type Recorder = { open(tenantId: string, endpoint: ClaimedEndpoint): ClaimRecord };

export function createRecorder(deps: RecorderDeps): Recorder {
  return {
    open(tenantId, endpoint) {
      const fenced: string[] = [];
      const health: Health = {
        succeeded: false,
        marked: endpoint.failingSince !== null || endpoint.resumeAt !== null,
        rests: false,
      };
      let stopped = false;
      return {
        async write(ended) {
          const claim = { tenantId, endpointId: endpoint.id, health };
          const { verdict, recorded } = await writeRecords(deps, claim, ended);
          const late = ended.filter(({ delivery }) => !recorded.has(delivery.id));
          fenced.push(...late.map(({ delivery }) => delivery.id));
          stopped ||= verdict.stop;
          return verdict;
        },
        fenced: () => fenced,
        stopped: () => stopped,
      };
    },
  };
}

type OpenClaim = { readonly tenantId: string; readonly endpointId: string; readonly health: Health };

async function writeRecords(
  deps: RecorderDeps,
  claim: OpenClaim,
  ended: readonly Ended[],
): Promise<{ verdict: Verdict; recorded: ReadonlySet<string> }> {
  const { sql, clock, ids, metrics, log, cross = straightAcross } = deps;
  const { tenantId, endpointId, health } = claim;
  const now = clock.wall();
  const records = ended.map((one) => recordOf(one, { now, random: deps.random }));
  const write = async (tx: Tx) => {
    const recorded = await recordAttempts(tx, records, instantText(now));
    const results = ended.filter(({ delivery }) => recorded.has(delivery.id)).map(({ result }) => result);
    return { recorded, verdict: await judgeEndpoint(tx, { endpointId, results, health, now, ids }) };
  };
  const { verdict, recorded } = await cross('dispatch.record', () => inTenant(sql, tenantId, write));

  for (const record of records) {
    metrics.webhookDeliveries.add(1, { outcome: record.outcome });
    const exhausted = record.outcome !== 'delivered' && record.nextAttemptAt === undefined;
    if (exhausted && recorded.has(record.deliveryId)) {
      log.warn('webhook delivery exhausted', { delivery: record.deliveryId, endpoint: endpointId });
    }
  }
  await ringAfter(deps, claim, { verdict, records, now });
  return { verdict, recorded };
}

function recordOf(
  { delivery, result }: Ended,
  { now, random }: { now: WallTime; random: Random },
): AttemptRecord {
  const delayMs =
    result.outcome === 'delivered'
      ? undefined
      : retryDelayMs(delivery.attemptCount + 1, {
          chance: random.number(),
          overloaded: result.overloaded,
          retryAfterMs: result.retryAfterMs,
        });
  return {
    deliveryId: delivery.id,
    epoch: delivery.epoch,
    outcome: result.outcome,
    statusCode: result.statusCode,
    responseExcerpt: result.responseExcerpt,
    durationMs: result.durationMs,
    nextAttemptAt:
      delayMs === undefined ? undefined : instantText(wallTime(now.add({ milliseconds: delayMs }))),
  };
}

async function ringAfter(
  { bell, log, cross = straightAcross }: RecorderDeps,
  { tenantId, endpointId }: OpenClaim,
  after: { readonly verdict: Verdict; readonly records: readonly AttemptRecord[]; readonly now: WallTime },
): Promise<void> {
  if (after.verdict.disabled) {
    log.warn('webhook endpoint disabled', { tenant: tenantId, endpoint: endpointId });
    await cross('dispatch.ring', () => bell.ring([{ queue: 'notify', tenant: '*', key: 'outbox' }]));
  }
  if (after.verdict.stop) return;
  const waits = after.records
    .filter((record) => record.nextAttemptAt !== undefined)
    .map((record) =>
      wallTime(record.nextAttemptAt ?? '')
        .since(after.now)
        .total('milliseconds'),
    );
  const soonestMs = Math.min(...waits);
  if (soonestMs > RING_MS_MAX) return;
  const retry = { number: 1, delayMs: Math.ceil(soonestMs) };
  const ring: Ring = { queue: 'webhook-dispatch', tenant: tenantId, key: endpointId, retry };
  await cross('dispatch.ring', () => bell.ring([ring]));
}
