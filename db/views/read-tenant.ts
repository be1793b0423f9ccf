// Owns how a view reads: one read-only transaction in one tenant's scope, the scope travelling in the same flight as the
// first query. Views never write.
import type { Sql, Tx } from '#db/scope.ts';

/** A part of a list: at most `limit` rows after the key `after` (absent: from the start). Views read one row more. */
export type Slice = { readonly limit: number; readonly after: string | undefined };

/** Runs `read` in a read-only transaction that sees only `tenantId`'s rows. */
export async function readTenant<T>(sql: Sql, tenantId: string, read: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await sql.begin('read only', async (tx) => {
    // execute() sends at once, so what `read` asks follows on the wire without waiting for the answer.
    const scoped = tx`select set_config('app.tenant', ${tenantId}, true)`.execute();
    const [found] = await Promise.all([read(tx), scoped]);
    return found;
  });
  return result as T;
}
