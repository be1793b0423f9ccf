// Owns how reprocessings look from outside: how far they are, and when they will be done.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type ReprocessingView = {
  readonly id: string;
  readonly meterId: string;
  /** Null: all. */
  readonly customerIds: readonly string[] | null;
  readonly from: string;
  readonly to: string;
  readonly billed: 'leave' | 'correct';
  readonly status: 'waiting' | 'running' | 'done' | 'canceled';
  /** Events; null while it waits. */
  readonly total: string | null;
  readonly done: string;
  /** Facts that are others than before. */
  readonly changed: string;
  /** Events that the meter cannot read: they keep what they had. */
  readonly invalid: string;
  /** Events left because they are billed. */
  readonly skipped: string;
  /** At the pace so far, from `updatedAt` on; null while nothing is done, or when it is over. */
  readonly secondsLeft: number | null;
  readonly commandId: string;
  readonly sentBy: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
};

const columns = (tx: Tx) => tx`
  id, meter_id as "meterId", customer_ids as "customerIds", from_time as "from", to_time as "to", billed, status,
  total::text as total, done::text as done, changed::text as changed, invalid::text as invalid, skipped::text as skipped,
  case when status = 'running' and done > 0
    then ceil(extract(epoch from updated_at - started_at) * greatest(total - done, 0) / done)::integer end as "secondsLeft",
  command_id as "commandId", sent_by as "sentBy", created_at as "createdAt", started_at as "startedAt",
  updated_at as "updatedAt", finished_at as "finishedAt"`;

/** Newest first. */
export async function listReprocessings(
  tx: Tx,
  tenantId: string,
  { limit, after }: Slice,
): Promise<ReprocessingView[]> {
  return await tx<ReprocessingView[]>`
    select ${columns(tx)} from usage_reprocessings
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
}

export async function findReprocessing(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<ReprocessingView | undefined> {
  const rows = await tx<ReprocessingView[]>`
    select ${columns(tx)} from usage_reprocessings where tenant_id = ${tenantId} and id = ${id}`;
  return rows[0];
}
