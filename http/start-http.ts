// Owns the parts of a web process and their order: it answers requests and rings, it never works on a job.
// Everything it opens is closed by the shutdown, last first.
import { connectDatabase } from '#db/connection.ts';
import { createApiKeys } from '#runtime/api-keys.ts';
import { checkDatabase } from '#runtime/check-database.ts';
import type { Clock } from '#runtime/clock.ts';
import { createCommandBus } from '#runtime/command-bus.ts';
import type { Config } from '#runtime/config.ts';
import { createIds } from '#runtime/ids.ts';
import { createIngest } from '#runtime/ingest/ingest.ts';
import type { Log } from '#runtime/log.ts';
import { assertSchema } from '#runtime/migrate.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import type { Random } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import type { Shutdown } from '#runtime/shutdown.ts';
import type { Telemetry } from '#runtime/telemetry.ts';
import { createTenants } from '#runtime/tenants.ts';
import { createHttpApp } from './app.ts';
import { createReadiness } from './pages/readiness.ts';
import { startServer } from './server.ts';

export type WebProcessDeps = {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly shutdown: Shutdown;
};

/** Starts everything and listens. Throws DatabaseUnfit on a database it must not run on. */
export async function startWebProcess(deps: WebProcessDeps): Promise<{ readonly port: number }> {
  const { config, databaseUrl, clock, random, log, telemetry, shutdown } = deps;
  const sql = connectDatabase({ url: databaseUrl, max: config.database.poolMax, name: 'accrue web' });
  shutdown.register('database', () => sql.end({ timeout: 5 }));
  const backend = createQueueBackend({ redisUrl: config.redisUrl, databaseUrl, workers: 0, clock, log });
  shutdown.register('queue connections', () => backend.close());
  const budget = { app: config.database.poolMax, queue: backend.connectionsMax };
  await checkDatabase({ sql, clock, log, budget });

  const bell = createBell({ backend, clock, log });
  shutdown.register('bell', () => bell.close());
  const ids = createIds({ clock, random });
  const secretBox = createSecretBox({ key: config.secretKey, random });
  const apiKeys = createApiKeys({ sql, clock, ids, random });
  const { defaultCurrency: currency, dueDays: invoiceDueDays, numberPrefix } = config.invoice;
  const tenants = createTenants({
    sql,
    clock,
    ids,
    apiKeys,
    defaults: { currency, invoiceDueDays, numberPrefix },
  });
  const commandBus = createCommandBus({ sql, clock, ids, bell, secretBox, log });
  const ingest = createIngest({ sql, clock, bell, log });
  const readiness = createReadiness({
    sql,
    clock,
    log,
    checkSchema: () => assertSchema(sql),
    queueAnswers: async () => (await bell.waiting('advance')) !== undefined,
  });

  const parts = { sql, clock, ids, log, commandBus, ingest, apiKeys, tenants, telemetry, readiness };
  const app = createHttpApp({ ...parts, operatorKey: config.operatorKey });
  const server = await startServer(app, config.http);
  // Waits end first, so that requests under way get their 202 and the server can close.
  shutdown.register('ingest', () => ingest.close());
  shutdown.register('server', () => server.close());
  shutdown.register('waiting requests', () => commandBus.close());
  return { port: server.port };
}
