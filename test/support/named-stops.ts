// Owns stopping a transaction at a named place: another session holds what it must get next, until the test lets go.
import { connectDatabase } from '#db/connection.ts';
import { inSystem, type Sql, type Tx } from '#db/scope.ts';

export type Stop = { release(): Promise<void> };

/** Does `take` in a transaction of its own session and keeps it open; the release rolls it back. */
export async function holdUntilReleased(url: string, take: (tx: Tx) => PromiseLike<unknown>): Promise<Stop> {
  const holder = connectDatabase({ url, max: 1 });
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const done = inSystem(holder, async (tx) => {
    await take(tx);
    held.resolve();
    await released.promise;
    throw new Error('rolled back');
  }).catch((error: unknown) => held.reject(error));
  await held.promise;
  return {
    release: async () => {
      released.resolve();
      await done;
      await holder.end();
    },
  };
}

/** Stops the drain of an inbox row after its counting, before its commit, by holding the row of its answer. */
export function stopDrainBeforeCommit(url: string, inboxId: string): Promise<Stop> {
  return holdUntilReleased(
    url,
    (tx) =>
      tx`insert into ingest_requests (id, tenant_id, result, drained_at) values (${inboxId}, 'x', '', '2023-01-01')`,
  );
}

/** Resolves when so many sessions of this database wait for a lock of another. */
export async function untilWaiting(sql: Sql, sessions: number): Promise<void> {
  for (;;) {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    if ((row?.n ?? 0) >= sessions) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
