// Owns the questions every process asks the database before it takes work, in the order of their answers' use.
import { assertClockSkew } from '#db/clock-skew.ts';
import { assertRole, reachDatabase } from '#db/connection.ts';
import { assertConnectionBudget, type ConnectionBudget } from '#db/connection-budget.ts';
import type { Sql } from '#db/scope.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { assertSchema } from './migrate.ts';

/** A database that is away at the start may be on its way: a platform restarts both together. */
const REACH_WITHIN_MS = 60_000;

/** Waits for the database, then throws DatabaseUnfit if this process must not run on it. Prints the connection budget. */
export async function checkDatabase(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: ConnectionBudget;
}): Promise<void> {
  const { sql, clock, log, budget } = deps;
  await reachDatabase(sql, { sleep: clock.sleep, withinMs: REACH_WITHIN_MS });
  await assertRole(sql);
  await assertSchema(sql);
  await assertClockSkew(sql, clock);
  const room = await assertConnectionBudget(sql, budget);
  const need = budget.app + budget.queue;
  log.info('database connections', { ...budget, need, ...room });
  if (room.open + need > room.max - room.reserved) {
    log.warn('the database has little room left: other processes hold most connections', { need, ...room });
  }
}
