// Owns the two flights of a turn on one connection: BEGIN, scope and load without waiting in between; save and COMMIT
// likewise (protocols H11).
import type { Sql } from '#db/scope.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import { TransientError } from '#runtime/errors.ts';

export type TurnTransaction = {
  readonly sql: Sql;
  /** Sends the last statements and the commit together; throws when the commit did not happen. */
  commit(last?: (sql: Sql) => Promise<unknown>): Promise<void>;
};

/**
 * Runs `work` inside a transaction in the tenant's scope. Everything a turn touches is found row by row through an index, so
 * the planner is told so: a plan made while a table was young scanned it for ever, one made with the actual values cost up to
 * 2 ms of planning a turn, and compiling it 20 ms (all measured).
 * Without a commit it is rolled back.
 */
export async function turnTransaction<T>(
  { pool, cross }: { readonly pool: Sql; readonly cross: Crossing },
  tenantId: string,
  work: (transaction: TurnTransaction) => Promise<T>,
): Promise<T> {
  const connection = await cross('turn.open', () => pool.reserve());
  let done = false;
  const begun = connection`begin`;
  const scoped = connection`
    select set_config('app.tenant', ${tenantId}, true), set_config('plan_cache_mode', 'force_generic_plan', true),
      set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;
  const opening = Promise.all([begun, scoped]);
  try {
    const commit = async (last?: (sql: Sql) => Promise<unknown>): Promise<void> => {
      const [, result] = await cross('turn.commit', () =>
        Promise.all([last?.(connection), connection`commit`]),
      );
      done = true;
      if (result.command !== 'COMMIT') throw new TransientError('the turn was rolled back');
    };
    const [, result] = await Promise.all([opening, work({ sql: connection, commit })]);
    return result;
  } finally {
    if (!done) await connection`rollback`.catch(() => undefined);
    connection.release();
  }
}
