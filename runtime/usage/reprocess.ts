// Owns reading stored events again through one meter: batch by batch, each with its progress in one transaction, so that a
// process may die anywhere and another goes on. Facts that come out the same are left alone: nothing counts twice.
import { instantText } from '#actors/calendar/time.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { readByIndex } from '#db/planner.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import { loadMeters } from '#db/usage-catalog.ts';
import { replaceFacts } from '#db/usage-replace.ts';
import {
  lockEvents,
  lockReprocessing,
  nextEvents,
  type Reprocessing,
  recordProgress,
  startReprocessing,
} from '#db/usage-reprocessing.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import type { Ring } from '#runtime/queues/ring.ts';
import { storedProperties, wantedFacts } from './wanted-facts.ts';

/** Their hours are locked against ingest until the batch commits. */
const BATCH_EVENTS = 500;
/** One job works this long at most; then it is rung again, so that others get the place in the queue. */
const JOB_MS_MAX = 3_000;
/** Between two looks whether what was taken in before is counted, and for how long one job looks: then the sweep comes. */
const WAIT_MS = 50;
const WAITS_MAX = 40;

export type Reprocessings = {
  /** Works on one for a while, until it is over, somebody else works on it, or `signal` aborts. */
  run(tenantId: string, id: string, signal: AbortSignal): Promise<void>;
};

type Deps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: { ring(rings: readonly Ring[]): Promise<void> };
  readonly log: Log;
  readonly batchEvents?: number;
};

/** `waiting`: what was taken in before is not counted yet. `busy`: somebody else works on it, or it was over before. */
type Step = {
  readonly state: 'waiting' | 'going' | 'over' | 'busy';
  readonly customerIds: readonly string[];
};
const BUSY: Step = { state: 'busy', customerIds: [] };

export function createReprocessings(deps: Deps): Reprocessings {
  const { sql, clock, bell, log } = deps;
  return {
    async run(tenantId, id, signal) {
      const startedMs = clock.monotonicMs();
      for (let waits = 0; !signal.aborted && waits < WAITS_MAX; ) {
        const { state, customerIds } = await inTenant(sql, tenantId, (tx) =>
          step(tx, { tenantId, id }, deps),
        );
        const rings = customerIds.map((key): Ring => ({ queue: 'advance', tenant: tenantId, key }));
        if (rings.length > 0) await bell.ring(rings);
        if (state === 'busy') return;
        if (state === 'over') {
          log.info('stored usage was read again', { tenant: tenantId, reprocessing: id });
          return;
        }
        if (state === 'waiting') {
          waits += 1;
          await bell.ring([{ queue: 'ingest', tenant: '*', key: '0' }]);
          await clock.sleep(WAIT_MS, signal);
        } else if (clock.monotonicMs() - startedMs > JOB_MS_MAX) {
          await bell.ring([{ queue: 'advance', tenant: tenantId, key: id }]);
          return;
        }
      }
    },
  };
}

type Named = { readonly tenantId: string; readonly id: string };

async function step(tx: Tx, { tenantId, id }: Named, deps: Deps): Promise<Step> {
  const found = await lockReprocessing(tx, tenantId, id);
  if (found === undefined || found.status === 'done' || found.status === 'canceled') return BUSY;
  await readByIndex(tx);
  const at = instantText(deps.clock.wall());
  if (found.status === 'running') return batch(tx, { ...found, tenantId, at }, deps);
  const started = await startReprocessing(tx, tenantId, { id, at });
  return { state: started ? 'going' : 'waiting', customerIds: [] };
}

type Working = Reprocessing & { readonly tenantId: string; readonly at: string };

async function batch(tx: Tx, { id, tenantId, meterId, billed, at }: Working, deps: Deps): Promise<Step> {
  const { batchEvents = BATCH_EVENTS } = deps;
  const { events, place } = await nextEvents(tx, tenantId, { id, max: batchEvents });
  const kept = billed === 'leave' ? events.filter(({ isBilled }) => !isBilled) : events;
  const meters = (await loadMeters(tx, tenantId)).meters as readonly Meter[];
  const meter = meters.find((one) => one.id === meterId);
  if (meter === undefined) throw new Error(`there is no meter ${meterId}`);
  const said = await lockEvents(
    tx,
    tenantId,
    kept.map(({ ref }) => ref),
  );
  const read = said.map((event) => wantedFacts(event.ref, storedProperties(event.properties), [meter]));
  // An event that the meter cannot read keeps the fact it has, and is reported as invalid.
  const refs = said.filter((_, index) => read[index]?.problems.length === 0).map(({ ref }) => ref);
  const wanted = read.flatMap(({ facts }) => facts);
  const { customerIds, changed } = await replaceFacts(tx, { tenantId, refs, meters: [meterId], wanted, at });
  const counts = {
    done: events.length,
    changed,
    invalid: said.length - refs.length,
    skipped: events.length - kept.length,
  };
  await recordProgress(tx, id, { ...counts, place, at });
  return { state: place === undefined ? 'over' : 'going', customerIds };
}
