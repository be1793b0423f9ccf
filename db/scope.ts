// Owns the two scopes a transaction can have under row-level security: one tenant, or the system's own sweeps (protocols H10).
// Only files named in test/db/scope.test.ts may ask for the system scope.
import type postgres from 'postgres';

export type Sql = postgres.Sql;
export type Tx = postgres.TransactionSql;

/** Runs `work` in one transaction that sees and writes only `tenantId`'s rows. */
export async function inTenant<T>(sql: Sql, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await sql.begin(async (tx) => {
    await tx`select set_config('app.tenant', ${tenantId}, true)`;
    return work(tx);
  });
  return result as T;
}

/** Runs `work` in one transaction that sees all tenants' rows: drain, sweep, relay, claims of due work, waiters. */
export async function inSystem<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await sql.begin(async (tx) => {
    await tx`select set_config('app.scope', 'system', true)`;
    return work(tx);
  });
  return result as T;
}
