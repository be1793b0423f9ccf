// Owns moving test clocks (ruling R11): from instant to instant, each only after nothing is due or unresolved at the one
// before, until the target is reached and quiet. Refuses to do the due work itself: it rings those whose work it is.
import { compareInstants } from '#actors/calendar/instants.ts';
import { businessTime, instantText } from '#actors/calendar/time.ts';
import { answerCommand } from '#db/commands.ts';
import { inTenant, type Sql, type Tx } from '#db/scope.ts';
import {
  type Holdup,
  holdups,
  lockTestClock,
  moveTestClock,
  nextDueAt,
  parkedOnClock,
  restTestClock,
  type TestClockRow,
} from '#db/test-clocks.ts';
import type { Clock } from './clock.ts';
import { type Crossing, straightAcross } from './crash-points.ts';
import type { Ring } from './queues/ring.ts';

/** One job steps this long at most; then the clock is rung again, so that others get the place in the queue. */
const STEP_MS_MAX = 3_000;
/** Without progress a job ends: the turn that makes progress, or the sweep, rings the clock. */
const IDLE_MS_MAX = 500;
const POLL_MS_MIN = 5;
const POLL_MS_MAX = 100;
/** Below the idle limit: who has two things to do at one instant is rung for the second before the job gives up. */
const RING_AGAIN_MS = 250;
const HOLDUPS_MAX = 1_000;

type Look =
  | { readonly kind: 'arrived' | 'moved' }
  | { readonly kind: 'resting' | 'held'; readonly holdups: readonly Holdup[] };

type TestClocksDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: { ring(rings: readonly Ring[]): Promise<void> };
  /** Called after a commit that answered a command: waiters in this process look at once. */
  readonly onAnswered?: () => void;
  readonly cross?: Crossing;
};

export type TestClocks = {
  /** Takes an advancing clock as far as it gets at once; a stable one only rings who is due all the same. */
  step(tenantId: string, clockId: string, signal?: AbortSignal): Promise<void>;
};

export function createTestClocks(deps: TestClocksDeps): TestClocks {
  const { sql, clock, bell, cross = straightAcross } = deps;

  const step = async (tenantId: string, clockId: string, signal?: AbortSignal): Promise<void> => {
    const rung = new Map<string, number>();
    const startedMs = clock.monotonicMs();
    let progressMs = startedMs;
    let pollMs = POLL_MS_MIN;
    let held = 0;

    while (!signal?.aborted) {
      const look = await cross('clock.commit', () =>
        inTenant(sql, tenantId, (tx) => lookAndMove(tx, tenantId, { clockId, clock, cross })),
      );
      if (look.kind === 'arrived') deps.onAnswered?.();
      if (look.kind === 'arrived') return;
      const nowMs = clock.monotonicMs();
      if ('holdups' in look) {
        if (look.holdups.length < held) [progressMs, pollMs] = [nowMs, POLL_MS_MIN];
        held = look.holdups.length;
        const rings = unheard(look.holdups, { tenantId, rung, nowMs });
        if (rings.length > 0) await cross('clock.ring', () => bell.ring(rings));
        if (look.kind === 'resting') return;
      } else {
        rung.clear();
        [progressMs, pollMs, held] = [nowMs, POLL_MS_MIN, 0];
      }
      if (nowMs - progressMs > IDLE_MS_MAX) return;
      if (nowMs - startedMs > STEP_MS_MAX) {
        const again: Ring = { queue: 'advance', tenant: tenantId, key: clockId };
        await cross('clock.ring', () => bell.ring([again]));
        return;
      }
      if (look.kind === 'held') await clock.sleep(pollMs, signal);
      pollMs = Math.min(pollMs * 2, POLL_MS_MAX);
    }
  };

  return { step };
}

/** One transaction: what holds the clock, or else its next move. Two jobs at once only wait for each other. */
async function lookAndMove(
  tx: Tx,
  tenantId: string,
  { clockId, clock, cross }: { readonly clockId: string; readonly clock: Clock; readonly cross: Crossing },
): Promise<Look> {
  const row = await lockTestClock(tx, tenantId, clockId);
  if (row === undefined) return { kind: 'resting', holdups: [] };
  const holding = await cross('clock.look', () => holdups(tx, row, HOLDUPS_MAX));
  // A turn that read the clock before it moved may have planned what is due by now: its ring finds the clock at rest.
  if (row.status === 'stable')
    return { kind: 'resting', holdups: holding.filter(({ kind }) => kind === 'due') };
  if (holding.length > 0) return { kind: 'held', holdups: holding };

  const target = businessTime(row.target);
  if (compareInstants(businessTime(row.now), target) >= 0) {
    await rest(tx, row, instantText(clock.wall()));
    return { kind: 'arrived' };
  }
  const due = await nextDueAt(tx, row);
  const next = due !== null && compareInstants(businessTime(due), target) < 0 ? due : row.target;
  await cross('clock.move', () => moveTestClock(tx, clockId, next));
  return { kind: 'moved' };
}

async function rest(tx: Tx, row: TestClockRow, decidedAt: string): Promise<void> {
  await restTestClock(tx, row.id);
  if (row.commandId === null) return;
  const data = {
    id: row.id,
    name: row.name,
    status: 'stable',
    now: row.now,
    target: row.target,
    instantsVisited: row.instantCount,
    parkedCustomers: await parkedOnClock(tx, row.tenantId, row.id),
    createdAt: row.createdAt,
  };
  await answerCommand(tx, { id: row.commandId, result: { ok: true, data }, decidedAt });
}

/** Rings for what holds the clock, leaving out whoever heard one a moment ago. */
function unheard(
  holding: readonly Holdup[],
  {
    tenantId,
    rung,
    nowMs,
  }: { readonly tenantId: string; readonly rung: Map<string, number>; readonly nowMs: number },
): Ring[] {
  const rings = new Map<string, Ring>();
  for (const holdup of holding) {
    const ring = ringFor(holdup, tenantId);
    const mark = `${ring.queue} ${ring.key}`;
    if (nowMs - (rung.get(mark) ?? Number.NEGATIVE_INFINITY) < RING_AGAIN_MS) continue;
    rung.set(mark, nowMs);
    rings.set(mark, ring);
  }
  return [...rings.values()];
}

function ringFor(holdup: Holdup, tenant: string): Ring {
  switch (holdup.kind) {
    case 'due':
    case 'command':
    case 'late_usage':
      return { queue: 'advance', tenant, key: holdup.customerId };
    case 'payment':
      return { queue: 'collect', tenant, key: holdup.invoiceId };
    case 'usage_inbox':
      return { queue: 'ingest', tenant: '*', key: '0' };
    default:
      return holdup satisfies never;
  }
}
