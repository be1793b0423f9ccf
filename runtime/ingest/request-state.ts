// Owns how an accepted request looks later: still waiting, or counted, by its id.
import { inTenant, type Sql } from '#db/scope.ts';
import { findWaiting, loadResults } from '#db/usage-results.ts';
import { type IngestResult, resultOf } from './ingest-result.ts';
import { parseReceipt } from './receipt.ts';

export type RequestState = { readonly status: 'pending' } | ({ readonly status: 'done' } & IngestResult);

/** Undefined if the tenant has no such request, or its answer was cleared away. */
export async function findRequest(
  sql: Sql,
  tenantId: string,
  requestId: string,
): Promise<RequestState | undefined> {
  const receipt = parseReceipt(tenantId, requestId);
  if (receipt === undefined) return undefined;
  const ids = receipt.slices.map((slice) => slice.inboxId);
  return await inTenant(sql, tenantId, async (tx) => {
    // Waiting rows first: a drain in between moves a row from what waits to what is counted, never back.
    const waiting = await findWaiting(tx, tenantId, ids);
    const counted = await loadResults(tx, ids);
    if (waiting.length + counted.length < ids.length) return undefined;
    const result = resultOf(receipt, new Map(counted.map((row) => [row.id, row])));
    if (result !== undefined) return { status: 'done', ...result };
    return waiting.length > 0 ? { status: 'pending' } : undefined;
  });
}
