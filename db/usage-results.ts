// Owns reading what became of inbox rows: a letter per event once a row is counted, or that it still waits.
import type { Tx } from './scope.ts';

export type ResultRow = {
  readonly id: string;
  readonly tenantId: string;
  /** c created, d duplicate, x conflict, u accepted but not billed: one letter per event of the row. */
  readonly letters: string;
  readonly drainedAt: string;
};

/** Results of the rows that are counted. */
export async function loadResults(tx: Tx, ids: readonly string[]): Promise<ResultRow[]> {
  return await tx<ResultRow[]>`
    select id::text, tenant_id as "tenantId", result as letters, drained_at as "drainedAt"
    from ingest_requests where id = any(${ids as string[]}::text[]::bigint[])`;
}

/** Which of the rows still wait to be counted. */
export async function findWaiting(tx: Tx, tenantId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx<{ id: string }[]>`
    select id::text from usage_inbox
    where tenant_id = ${tenantId} and id = any(${ids as string[]}::text[]::bigint[])`;
  return rows.map((row) => row.id);
}
