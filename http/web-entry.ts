// Owns the web process: settings, telemetry, signals. Without DATABASE_URL (development) it uses the embedded database.
import { DatabaseUnfit } from '#db/unfit.ts';
import { systemClock } from '#runtime/clock.ts';
import { loadConfig } from '#runtime/config.ts';
import { ConfigError } from '#runtime/config-error.ts';
import { startCore } from '#runtime/core.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog } from '#runtime/log.ts';
import { migrateUp } from '#runtime/migrate.ts';
import { systemRandom } from '#runtime/random.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { startTelemetry } from '#runtime/telemetry.ts';
import { traceId } from '#runtime/trace.ts';
import { startHttp } from './start-http.ts';

const clock = systemClock();

async function web(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel, clock, traceId, fields: { process: 'web' } });
  const shutdown = createShutdown({ timeoutMs: config.shutdownTimeoutMs, clock, log });
  shutdown.listen();
  const telemetry = await startTelemetry(config.telemetry);
  shutdown.register('telemetry', () => telemetry.stop());
  try {
    let databaseUrl = config.database.url;
    if (databaseUrl === undefined) {
      const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
      shutdown.register('embedded database', () => embedded.stop());
      databaseUrl = embedded.url;
      await migrateUp({ url: databaseUrl, log });
    }
    const random = systemRandom();
    const core = await startCore({ config, databaseUrl, role: 'web', clock, random, log, shutdown });
    const { port } = await startHttp(core, telemetry);
    log.info('listening', { host: config.http.host, port });
  } catch (error) {
    await shutdown.drain('the start failed');
    throw error;
  }
}

try {
  await web();
} catch (error) {
  const refusal = error instanceof ConfigError || error instanceof DatabaseUnfit;
  console.error(refusal ? error.message : error);
  process.exit(1);
}
