// Owns taking usage in: checked, made durable in the inbox by group commit, rung for, and answered when it is counted.
import { instantText } from '#actors/calendar/time.ts';
import { noteRefusals, type Unread } from '#db/meter-refusals.ts';
import type { Sql } from '#db/scope.ts';
import { insertInboxRow } from '#db/usage-inbox.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Crossing, straightAcross } from '#runtime/crash-points.ts';
import type { Log } from '#runtime/log.ts';
import type { Bell } from '#runtime/queues/bell.ts';
import { admit, checkBody } from './admit.ts';
import { createGroupCommit, type Flush, type Slice } from './group-commit.ts';
import { createHorizon } from './horizon.ts';
import { inboxColumns } from './inbox-columns.ts';
import type { IngestResult } from './ingest-result.ts';
import { createIngestWaiter } from './ingest-waiter.ts';
import { type IngestReceipt, receiptOf } from './receipt.ts';
import { findRequest, type RequestState } from './request-state.ts';
import { createRingThrottle } from './ring-throttle.ts';
import { createUsageCatalog } from './usage-catalog.ts';
import type { UsageEvent, UsageEventInput } from './usage-event.ts';
import type { BodyShape, UsageProblem } from './usage-problem.ts';

/** A drain empties the buffer in far less; a client that honours it spreads by its own latency. */
const RETRY_AFTER_SECONDS = 1;
/** New meters during one request; each costs a rebuild. */
const STALE_MAX = 5;

export type AcceptOptions = {
  /** How the body held the events, for the pointers of problems; default `events`. */
  readonly shape?: BodyShape;
  readonly signal?: AbortSignal;
  readonly trace?: string | undefined;
};

export type Acceptance =
  | { readonly kind: 'accepted'; readonly receipt: IngestReceipt }
  | { readonly kind: 'refused'; readonly problems: readonly UsageProblem[] }
  | { readonly kind: 'overloaded'; readonly retryAfterSeconds: number };

const OVERLOADED: Acceptance = { kind: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };

export type Ingest = {
  /** Resolves after the commit of all events, or of none if any is wrong. A database fault is thrown: send again. */
  accept(tenantId: string, events: readonly UsageEventInput[], options?: AcceptOptions): Promise<Acceptance>;
  /** The answer per event; undefined if they are not counted within `ms`. */
  wait(receipt: IngestReceipt, ms: number): Promise<IngestResult | undefined>;
  /** State of an earlier request by its id; undefined if the tenant has none, or it was cleared away. */
  find(tenantId: string, requestId: string): Promise<RequestState | undefined>;
  /** Ends the waits, and resolves when everything taken is durable. */
  close(): Promise<void>;
};

type IngestDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: Bell;
  readonly log: Log;
  readonly cross?: Crossing;
};

export function createIngest(deps: IngestDeps): Ingest {
  const { sql, clock, bell, cross = straightAcross } = deps;
  const catalog = createUsageCatalog(sql);
  const horizon = createHorizon(clock);
  const waiter = createIngestWaiter(deps);
  const throttle = createRingThrottle({ bell, clock, cross });

  const groups = createGroupCommit(async (flush: Flush) => {
    const { tenantId, metersVersion, batches, trace } = flush;
    const eventCount = batches.reduce((sum, batch) => sum + batch.count, 0);
    const columns = inboxColumns(batches);
    const row = { tenantId, metersVersion, eventCount, columns, trace: trace ?? null };
    const received = { ...row, receivedAt: instantText(clock.wall()) };
    const id = await cross('ingest.commit', () => insertInboxRow(sql, received));
    if (id !== undefined) throttle.nudge();
    return id;
  });

  /** For people who look at a meter; a refusal is answered all the same. */
  const noteUnread = async (tenantId: string, unread: readonly Unread[]): Promise<void> => {
    if (unread.length === 0) return;
    const at = instantText(clock.wall());
    await noteRefusals(sql, tenantId, { unread, at }).catch((error: unknown) => {
      deps.log.warn('refused usage was not counted', { tenant: tenantId, error });
    });
  };

  /** One try with the meters known now; `stale` if the tenant has got another since. */
  const take = async (
    tenantId: string,
    events: readonly UsageEvent[],
    options: AcceptOptions & { fresh: boolean },
  ): Promise<Acceptance | 'stale'> => {
    const { shape = 'events', signal, trace, fresh } = options;
    const admission = await admit({ catalog, horizon }, { tenantId, events, shape }, fresh);
    if (!admission.ok) {
      await noteUnread(tenantId, admission.unread ?? []);
      return { kind: 'refused', problems: admission.problems };
    }
    signal?.throwIfAborted();
    const { metersVersion, batches } = admission;
    const slices = await Promise.all(
      batches.map(async (batch) => groups.add({ tenantId, metersVersion, batch, trace })),
    );
    const written = slices.filter((slice): slice is Slice => typeof slice === 'object');
    if (written.length === slices.length) return { kind: 'accepted', receipt: receiptOf(tenantId, written) };
    return slices.includes('stale') ? 'stale' : OVERLOADED;
  };

  return {
    async accept(tenantId, inputs, options = {}) {
      const checked = checkBody(inputs, options.shape ?? 'events');
      if (!checked.ok) return { kind: 'refused', problems: checked.problems };
      for (let tries = 0; tries < STALE_MAX; tries += 1) {
        const acceptance = await take(tenantId, checked.events, { ...options, fresh: tries > 0 });
        if (acceptance !== 'stale') return acceptance;
      }
      return OVERLOADED;
    },

    wait: waiter.wait,

    find: (tenantId, requestId) => findRequest(sql, tenantId, requestId),

    async close() {
      waiter.close();
      await groups.idle();
    },
  };
}
