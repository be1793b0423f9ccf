// Owns the sum of connections one process opens, and whether the server has room for it.
import type { Sql } from './scope.ts';
import { DatabaseUnfit } from './unfit.ts';

export type ConnectionBudget = {
  /** The application's own pool. */
  readonly app: number;
  /** The queues' pool, 0 when they live in Redis. */
  readonly queue: number;
};

export type ServerRoom = {
  readonly max: number;
  readonly reserved: number;
  /** Connections that are open now, of all processes. */
  readonly open: number;
};

/** Throws DatabaseUnfit when the server could not give the budget even to a process that is alone; answers the room. */
export async function assertConnectionBudget(sql: Sql, budget: ConnectionBudget): Promise<ServerRoom> {
  const [room] = await sql<ServerRoom[]>`
    select current_setting('max_connections')::int as max,
      current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int as reserved,
      (select coalesce(sum(numbackends), 0)::int from pg_stat_database) as open`;
  const need = budget.app + budget.queue;
  if (room === undefined || need > room.max - room.reserved) {
    throw new DatabaseUnfit(
      `this process needs ${need} database connections (application ${budget.app}, queues ${budget.queue}), the server ` +
        `allows ${room?.max} of which ${room?.reserved} are reserved: lower DATABASE_POOL_MAX or raise max_connections`,
    );
  }
  return room;
}
