// The examination of the books by hand: `doctor [--tenant ten_…] [--settled] [--json]`. Ends with 0 when all invariants hold,
// 1 when one does not, 2 when it could not look.
import { parseArgs } from 'node:util';
import { connectDatabase } from '#db/connection.ts';
import { DatabaseUnfit } from '#db/unfit.ts';
import { systemClock } from './clock.ts';
import { loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { createDoctor } from './doctor.ts';
import { reportLines } from './doctor-report.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { createLog } from './log.ts';
import { assertSchema } from './migrate.ts';

const USAGE = 'usage: doctor [--tenant id] [--settled] [--json]';
const OPTIONS = {
  tenant: { type: 'string' },
  settled: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const clock = systemClock();

function asked() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

/** Whether all is well. */
async function doctor(): Promise<boolean> {
  const { tenant, settled = false, json = false } = asked();
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel, clock });
  const embedded = config.database.url
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  const sql = connectDatabase({
    url: config.database.url ?? embedded?.url ?? '',
    max: 1,
    name: 'accrue doctor',
  });
  try {
    await assertSchema(sql);
    const findings = await createDoctor({ sql, clock }).examine({ tenant, settled });
    if (findings === undefined) throw new ConfigError(`there is no tenant ${tenant}`);
    console.log(json ? JSON.stringify(findings, null, 2) : reportLines(findings).join('\n'));
    return findings.every(({ broken }) => broken === 0);
  } finally {
    await sql.end();
    await embedded?.stop();
  }
}

try {
  process.exitCode = (await doctor()) ? 0 : 1;
} catch (error) {
  const refusal = error instanceof ConfigError || error instanceof DatabaseUnfit;
  console.error(refusal ? error.message : error);
  process.exitCode = 2;
}
