// Owns the drain's hold on the inbox: claiming rows, telling duplicate from conflict, answering and emptying them.
// What counts their events is usage-count.ts.
import type { Tx } from './scope.ts';

export type ClaimedRow = { readonly id: string; readonly tenantId: string; readonly eventCount: number };

/** Locks the oldest inbox rows that nobody else holds, oldest first. */
export async function claimInboxRows(tx: Tx, max: number): Promise<ClaimedRow[]> {
  return await tx<ClaimedRow[]>`
    select id, tenant_id as "tenantId", event_count as "eventCount" from usage_inbox
    where failed_at is null order by id limit ${max} for update skip locked`;
}

/**
 * Plans of the drain join thousands of rows whose number Postgres cannot know: nested loops and compilation both cost
 * far more than they could save. For the rest of the transaction.
 */
export async function prepareDrain(tx: Tx): Promise<void> {
  await tx`
    select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true),
      set_config('work_mem', '32MB', true)`;
}

/**
 * Which of the repeated events differ from the one that was counted. A statement of its own: what a concurrent drain
 * committed while this one waited for it is invisible to the statement that waited (protocols H4).
 */
export async function findConflicts(
  tx: Tx,
  repeated: readonly { readonly key: string; readonly bodyHash: string }[],
): Promise<boolean[]> {
  const rows = await tx<{ conflict: boolean }[]>`
    select d.body_hash <> r.body_hash as conflict
    from unnest(${repeated.map((event) => event.key)}::text[]::uuid[],
        ${repeated.map((event) => event.bodyHash)}::text[]::bigint[]) with ordinality as r (key, body_hash, position)
    join usage_identity d on d.key = r.key
    order by r.position`;
  if (rows.length !== repeated.length) throw new Error('a repeated event has no identity');
  return rows.map((row) => row.conflict);
}

/** Writes the answers and empties the rows. `letters`: one per event, see usage-results.ts. */
export async function finishInboxRows(
  tx: Tx,
  rows: readonly { readonly id: string; readonly tenantId: string; readonly letters: string }[],
  drainedAt: string,
): Promise<void> {
  const ids = rows.map((row) => row.id);
  await tx`
    with answered as (
      insert into ingest_requests (id, tenant_id, result, drained_at)
      select id, tenant_id, letters, ${drainedAt} from unnest(${ids}::text[]::bigint[],
        ${rows.map((row) => row.tenantId)}::text[], ${rows.map((row) => row.letters)}::text[]) as a (id, tenant_id, letters)
    )
    delete from usage_inbox where id = any(${ids}::text[]::bigint[])`;
}

/** Sets a row aside, so that the others go on. `at` is system time, RFC 3339. */
export async function setAside(
  tx: Tx,
  row: { readonly id: string; readonly at: string; readonly failure: string },
): Promise<void> {
  await tx`update usage_inbox set failed_at = ${row.at}, failure = ${row.failure} where id = ${row.id}`;
}
