// Owns what the doctor says of a test's database, in lines; none when all invariants hold.
import { connectDatabase } from '#db/connection.ts';
import { systemClock } from '#runtime/clock.ts';
import { createDoctor, type Examination } from '#runtime/doctor.ts';
import { reportLines } from '#runtime/doctor-report.ts';

export async function sickOf(databaseUrl: string, examination: Examination = {}): Promise<string[]> {
  const sql = connectDatabase({ url: databaseUrl, max: 1 });
  const findings = (await createDoctor({ sql, clock: systemClock() }).examine(examination)) ?? [];
  await sql.end();
  const sick = findings.filter(({ broken }) => broken > 0);
  return sick.length === 0 ? [] : reportLines(sick);
}
