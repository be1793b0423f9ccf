// Owns the one question to the server's clock: does it agree with ours? Leases and cutoffs compare times of several
// machines, so a process whose clock is off must not start. All other SQL gets time as a parameter.
import type { Sql } from './scope.ts';
import { DatabaseUnfit } from './unfit.ts';

const SKEW_MS_MAX = 2_000;

/** Throws DatabaseUnfit when the clocks differ by more than two seconds beyond what the round trip explains. */
export async function assertClockSkew(sql: Sql, clock: { wall(): Temporal.Instant }): Promise<void> {
  const before = clock.wall();
  const [row] = await sql<{ at: string }[]>`select clock_timestamp() as at`;
  const after = clock.wall();
  if (row === undefined) throw new DatabaseUnfit('the database does not say what time it is');
  const server = Temporal.Instant.from(row.at);
  const skewMs = Math.max(
    before.since(server).total('milliseconds'),
    server.since(after).total('milliseconds'),
  );
  if (skewMs > SKEW_MS_MAX) {
    throw new DatabaseUnfit(
      `the clock of this machine and the database's differ by ${Math.round(skewMs)} ms (at most ${SKEW_MS_MAX}): ` +
        'set the time of both by NTP',
    );
  }
}
