// Owns the guarantee behind every ring: all due work is found in Postgres and rung, whatever the queues have lost.
// Safe in any number of processes: one sweeps at a time. Refuses to do the work itself.
import { instantText } from '#actors/calendar/time.ts';
import {
  countParked,
  type DueKey,
  type DueSearch,
  findCommonWork,
  findDueEndpoints,
  findDuePayments,
  markAdvancingClocks,
  markDueCustomers,
  markQueuedCommands,
  markStaleUsage,
  takeSweepLock,
} from '#db/due-work.ts';
import { inSystem, type Sql, type Tx } from '#db/scope.ts';
import { markReprocessings } from '#db/usage-reprocessing.ts';
import type { Clock } from './clock.ts';
import { QUEUE_NAMES, type QueueName } from './config-schema.ts';
import { type Crossing, straightAcross } from './crash-points.ts';
import type { BellTower } from './queues/bell.ts';
import type { Ring } from './queues/ring.ts';
import { createSweepMemory, type SweepMemory } from './sweep-memory.ts';
import { customerRings, singleRings } from './sweep-rings.ts';
import { SWEEP, type SweepSettings } from './sweep-settings.ts';

export type SweepDeps = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly bell: Pick<BellTower, 'ring' | 'waiting'>;
  readonly settings?: Partial<SweepSettings>;
  /** Told how many customers stand still after a bug. */
  readonly parked?: (count: number) => void;
  readonly cross?: Crossing;
};

export type Sweep = {
  /** Rings what is due. Answers how many rings, and whether there was more than one sweep may ring. */
  once(): Promise<{ rung: number; more: boolean }>;
};

type Found = { readonly rings: Ring[]; readonly more: boolean; readonly parked: number };

export function createSweep(deps: SweepDeps): Sweep {
  const { sql, clock, bell, settings, parked, cross = straightAcross } = deps;
  const limits = { ...SWEEP, ...settings };
  const memory = { payments: createSweepMemory(), endpoints: createSweepMemory() };

  return {
    once: async () => {
      const waiting = await waitingJobs(bell);
      const open = openQueues(waiting, limits.waitingMax);
      if (open.size === 0) return { rung: 0, more: false };
      const few = [...waiting.values()].every((jobs = 0) => jobs <= limits.fewJobs);
      const search = searchAt(clock, few ? limits : { ...limits, againAfterMs: limits.againBehindManyMs });
      const look = async (tx: Tx): Promise<Found | undefined> =>
        (await takeSweepLock(tx)) ? findWork(tx, search, { open, memory }) : undefined;
      const found = await cross('sweep.commit', () => inSystem(sql, look));
      if (found === undefined) return { rung: 0, more: false };
      const window = `s${Math.floor(clock.wall().epochMilliseconds / limits.windowMs)}`;
      const rings = found.rings.map((ring) => ({ ...ring, window }));
      if (rings.length > 0) await cross('sweep.ring', () => bell.ring(rings));
      parked?.(found.parked);
      return { rung: found.rings.length, more: found.more };
    },
  };
}

type Waiting = ReadonlyMap<QueueName, number | undefined>;

async function waitingJobs(bell: SweepDeps['bell']): Promise<Waiting> {
  return new Map(
    await Promise.all(QUEUE_NAMES.map(async (name) => [name, await bell.waiting(name)] as const)),
  );
}

/** Queues that answer and are not full: what is marked as rung must have a place to go. */
function openQueues(waiting: Waiting, waitingMax: number): Set<QueueName> {
  return new Set(QUEUE_NAMES.filter((name) => (waiting.get(name) ?? Number.POSITIVE_INFINITY) <= waitingMax));
}

function searchAt(clock: Clock, { againAfterMs, settleMs, max }: SweepSettings): DueSearch {
  const now = clock.wall();
  const before = (milliseconds: number): string => instantText(now.subtract({ milliseconds }));
  return { now: instantText(now), settledBefore: before(settleMs), rungBefore: before(againAfterMs), max };
}

/** Customers come last, so that their rows are locked for the shortest time. */
async function findWork(
  tx: Tx,
  search: DueSearch,
  { open, memory }: { open: ReadonlySet<QueueName>; memory: Record<'payments' | 'endpoints', SweepMemory> },
): Promise<Found> {
  const { now, rungBefore } = search;
  const common = await findCommonWork(tx, search);
  const payments = open.has('collect')
    ? await findDuePayments(tx, search, memory.payments.recent(rungBefore))
    : [];
  const endpoints = open.has('webhook-dispatch')
    ? await findDueEndpoints(tx, search, memory.endpoints.recent(rungBefore))
    : [];
  memory.payments.remember(
    payments.map(({ key }) => key),
    now,
  );
  memory.endpoints.remember(
    endpoints.map(({ key }) => key),
    now,
  );
  const parked = await countParked(tx);

  const advance = open.has('advance');
  const clocks = advance ? await markAdvancingClocks(tx, search) : [];
  const stale = advance ? await markStaleUsage(tx, search) : [];
  const commands = advance ? await markQueuedCommands(tx, search) : [];
  const readings = advance ? await markReprocessings(tx, search) : [];
  const customers = advance && open.has('invoice') ? await markDueCustomers(tx, search) : [];

  const everyone = '*';
  const rings: Ring[] = [
    ...(common.usage ? singleRings('ingest', [{ tenant: everyone, key: '0' }]) : []),
    ...(common.outbox ? singleRings('notify', [{ tenant: everyone, key: 'outbox' }]) : []),
    ...(common.mail ? singleRings('notify', [{ tenant: everyone, key: 'mail' }]) : []),
    ...singleRings('advance', [...clocks, ...stale, ...commands, ...readings]),
    ...customerRings(
      'advance',
      customers.filter(({ invoicing }) => !invoicing),
    ),
    ...customerRings(
      'invoice',
      customers.filter(({ invoicing }) => invoicing),
    ),
    ...singleRings('collect', payments),
    ...singleRings('webhook-dispatch', endpoints),
  ];
  const full = (due: readonly DueKey[]): boolean => due.length >= search.max;
  return { rings, more: [clocks, stale, commands, customers, payments, endpoints].some(full), parked };
}
