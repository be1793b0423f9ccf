// Owns the statements that keep tables in shape over time: months of usage made ahead, old ingest answers removed.
// Runs in the system scope, for the sweep.
import type { Tx } from './scope.ts';

const MONTHLY_TABLES = ['usage_events', 'meter_events'] as const;
/** Longer waiting for a lock would hold up everyone who comes after. */
const LOCK_WAIT = '2s';

export type Month = { readonly from: string; readonly to: string };

/** Makes the partitions of one month, all or none. Answers how many were missing. */
export async function addMonth(tx: Tx, month: Month): Promise<number> {
  await tx`select set_config('lock_timeout', ${LOCK_WAIT}, true)`;
  const rows = await tx<{ made: boolean }[]>`
    select add_month_partition(name, ${month.from}, ${month.to}) as made
    from unnest(${[...MONTHLY_TABLES]}::text[]) as t (name)`;
  return rows.filter(({ made }) => made).length;
}

/** Removes up to `max` of the oldest answers drained before `before`. Answers how many. */
export async function deleteIngestAnswers(tx: Tx, before: string, max: number): Promise<number> {
  const rows = await tx`
    delete from ingest_requests where id in (
      select id from ingest_requests where drained_at < ${before} order by drained_at limit ${max})
    returning 1`;
  return rows.length;
}
