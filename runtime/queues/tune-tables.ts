// Owns how Postgres cleans the queue library's tables: a queue is rewritten all day and holds almost nothing, so the
// default, a fifth of the table, would leave claims walking over dead rows.
import type pg from 'pg';

/** Idempotent; run after the library's own migrations. */
export async function tuneQueueTables(client: pg.Client): Promise<void> {
  for (const table of ['job', 'event']) {
    await client.query(
      `alter table bullmq.${table} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0)`,
    );
  }
}
