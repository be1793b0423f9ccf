// Owns what the processes of an installation have in common around their work: settings, log, telemetry, signals, database, and
// an end that gives its reason. Refuses to know what they serve.
import { DatabaseUnfit } from '#db/unfit.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, loadConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type Core, startCore } from './core.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { createLog, type Log } from './log.ts';
import { migrateUp } from './migrate.ts';
import { systemRandom } from './random.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';
import { traceId } from './trace.ts';

type Settings = Readonly<Record<string, string | undefined>>;

export type ProcessParts = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly shutdown: Shutdown;
  readonly telemetry: Telemetry;
};

/**
 * Starts a process of this name. When the start fails, what was opened is closed and the process ends
 * with 1: a setting or database that is refused with its sentence, anything else with its stack.
 */
export async function runProcess(
  name: string,
  settings: Settings,
  start: (parts: ProcessParts) => Promise<void>,
): Promise<void> {
  try {
    const clock = systemClock();
    const config = loadConfig(settings);
    const log = createLog({ level: config.logLevel, clock, traceId, fields: { process: name } });
    const shutdown = createShutdown({ timeoutMs: config.shutdownTimeoutMs, clock, log });
    shutdown.listen();
    const telemetry = await startTelemetry(config.telemetry);
    shutdown.register('telemetry', () => telemetry.stop());
    try {
      await start({ config, clock, log, shutdown, telemetry });
    } catch (error) {
      await shutdown.drain('the start failed');
      throw error;
    }
  } catch (error) {
    const refusal = error instanceof ConfigError || error instanceof DatabaseUnfit;
    const reason = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${refusal ? error.message : reason}\n`);
    process.exit(1);
  }
}

/** The core of a web or a worker. Without DATABASE_URL (development) it uses the embedded database. */
export async function processCore(parts: ProcessParts, role: 'web' | 'worker'): Promise<Core> {
  const databaseUrl = parts.config.database.url ?? (await embeddedDatabase(parts));
  return startCore({ ...parts, databaseUrl, role, random: systemRandom() });
}

async function embeddedDatabase({ config, log, shutdown }: ProcessParts): Promise<string> {
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  shutdown.register('embedded database', () => embedded.stop());
  await migrateUp({ url: embedded.url, log });
  return embedded.url;
}
