// The release process: brings the schema to this release, then ends. `down [n]` takes migrations back by hand.
import { assertRole, connectDatabase } from '#db/connection.ts';
import { DatabaseUnfit } from '#db/unfit.ts';
import { awaitDatabase } from './check-database.ts';
import { systemClock } from './clock.ts';
import { loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { createLog } from './log.ts';
import { assertSchema, migrateDown, migrateUp } from './migrate.ts';

const clock = systemClock();

async function release(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel, clock });
  const [verb = 'up', count = '1'] = process.argv.slice(2);
  if (!['up', 'down'].includes(verb) || !/^[1-9]\d*$/.test(count))
    throw new ConfigError('usage: migrate [up | down [n]]');

  const embedded = config.database.url
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  const url = config.database.url ?? embedded?.url ?? '';
  const sql = connectDatabase({ url, max: 1, name: 'accrue release' });
  try {
    await awaitDatabase({ sql, clock, log });
    await assertRole(sql);
    if (verb === 'down') await migrateDown({ url, log, count: Number(count) });
    else {
      const applied = await migrateUp({ url, log });
      await assertSchema(sql);
      log.info('schema is current', { applied: applied.length });
    }
  } finally {
    await sql.end();
    await embedded?.stop();
  }
}

try {
  await release();
} catch (error) {
  const refusal = error instanceof ConfigError || error instanceof DatabaseUnfit;
  console.error(refusal ? error.message : error);
  process.exitCode = 1;
}
