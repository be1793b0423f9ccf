// Owns how test clocks look from outside.
import type { Tx } from '#db/scope.ts';
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

export async function findTestClock(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<TestClockView | undefined> {
  const rows = await tx<TestClockView[]>`
    select ${columns(tx)} from test_clocks where tenant_id = ${tenantId} and id = ${id}`;
  return rows[0];
}
