// Owns the questions every process asks the database before it takes work, in the order of their answers' use.
import { assertClockSkew } from '#db/clock-skew.ts';
import { assertRole, reachDatabase } from '#db/connection.ts';
import { assertConnectionBudget, type ConnectionBudget } from '#db/connection-budget.ts';
import type { Sql } from '#db/scope.ts';
import { assertServer } from '#db/server-release.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { assertSchema } from './migrate.ts';

/** A database that is away at the start may be on its way: a platform restarts both together, and gives a web 60 s. */
const REACH_WITHIN_MS = 45_000;
const FAULT_EVERY_MS = 10_000;

/** Waits for a database that is away, saying so now and then; then throws DatabaseUnfit. */
export async function awaitDatabase({ sql, clock, log }: Waiting): Promise<void> {
  let nextMs = clock.monotonicMs();
  const away = (error: Error): void => {
    if (clock.monotonicMs() < nextMs) return;
    nextMs = clock.monotonicMs() + FAULT_EVERY_MS;
    log.warn('the database is away; trying again', { variable: 'DATABASE_URL', error: error.message });
  };
  const { sleep, monotonicMs } = clock;
  await reachDatabase(sql, { sleep, monotonicMs, withinMs: REACH_WITHIN_MS, away });
}

type Waiting = { readonly sql: Sql; readonly clock: Clock; readonly log: Log };

/** Waits for the database, then throws DatabaseUnfit if this process must not run on it. Prints the connection budget. */
export async function checkDatabase(deps: Waiting & { readonly budget: ConnectionBudget }): Promise<void> {
  const { sql, clock, log, budget } = deps;
  await awaitDatabase(deps);
  await assertServer((text) => sql.unsafe(text));
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
