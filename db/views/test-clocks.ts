// Owns how test clocks look from outside.
import type { Tx } from '#db/scope.ts';
import { type Holdup, holdups } from '#db/test-clocks.ts';
import type { Slice } from './read-tenant.ts';

export type TestClockView = {
  readonly id: string;
  readonly name: string;
  readonly now: string;
  readonly target: string;
  /** stable: nothing is due at `now`, and nothing is unresolved. */
  readonly status: 'stable' | 'advancing';
  readonly createdAt: string;
};

const columns = (tx: Tx) => tx`
  id, name, now_at as "now", target_at as "target", status, created_at as "createdAt"`;

/** Newest first. */
export async function listTestClocks(
  tx: Tx,
  tenantId: string,
  { limit, after }: Slice,
): Promise<TestClockView[]> {
  return await tx<TestClockView[]>`
    select ${columns(tx)} from test_clocks
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
}

/** What holds an advancing clock at its instant, by kind: customers with work due, payments without an answer, … */
export type TestClockDetailView = TestClockView & {
  readonly waitingFor: readonly { readonly kind: Holdup['kind']; readonly count: number }[];
};

const COUNTED_MAX = 1_000;

export async function findTestClock(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<TestClockDetailView | undefined> {
  const [clock] = await tx<TestClockView[]>`
    select ${columns(tx)} from test_clocks where tenant_id = ${tenantId} and id = ${id}`;
  if (clock === undefined) return undefined;
  const holding = clock.status === 'stable' ? [] : await holdups(tx, { ...clock, tenantId }, COUNTED_MAX);
  const byKind = Map.groupBy(holding, ({ kind }) => kind);
  return { ...clock, waitingFor: [...byKind].map(([kind, all]) => ({ kind, count: all.length })) };
}
