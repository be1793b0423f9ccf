// Owns which hour of a rollup an instant lies in (protocols H6): UTC hours, however long the history.
import type { Sql, Tx } from './scope.ts';

const HOUR_NANOSECONDS = 3_600_000_000_000n;

/** Start of the UTC hour of an instant. The same text everywhere, so that no statement pays for a function call. */
export function hourOf(sql: Sql | Tx, instant: ReturnType<Tx>) {
  return sql`date_bin('1 hour', ${instant}, timestamptz '2000-01-01T00:00:00Z')`;
}

/** Whether an hour begins at the instant. */
export const isHour = (instant: Temporal.Instant): boolean =>
  instant.epochNanoseconds % HOUR_NANOSECONDS === 0n;
