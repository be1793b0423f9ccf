// Owns the package's entry: composes the parts of one process, as a web, a worker or both, for use inside a program.
// Entries that listen on a port or read the environment do it around this.
import type { Hono } from 'hono';
import { createHttpApp } from '#http/app.ts';
import type { HttpEnv } from '#http/http-env.ts';
import { createReadiness } from '#http/pages/readiness.ts';
import type { Gateway } from '#jobs/gateways/gateway.ts';
import { createWorkerSet, WORKER_CLOSE_MS_MAX } from '#jobs/worker.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { type CommandApi, createCommandApi } from '#runtime/command-api.ts';
import { type Config, loadConfig } from '#runtime/config.ts';
import { type Core, type Role, startCore } from '#runtime/core.ts';
import { startEmbeddedPostgres } from '#runtime/embedded-postgres.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { assertSchema, migrateUp } from '#runtime/migrate.ts';
import { createPriceApi, type PriceApi } from '#runtime/price-api.ts';
import { type Random, systemRandom } from '#runtime/random.ts';
import { createReads, type Reads } from '#runtime/reads.ts';
import { createShutdown, type Shutdown } from '#runtime/shutdown.ts';
import type { Telemetry } from '#runtime/telemetry.ts';
import type { Tenants } from '#runtime/tenants.ts';
import { traceId } from '#runtime/trace.ts';
import { createUsageReads, type UsageReads } from '#runtime/usage/usage-reads.ts';
import { createUsageApi, type UsageApi } from '#runtime/usage-api.ts';

export type { GivenContext } from '#actors/pricing/given-context.ts';
export type { GivenUsage } from '#actors/pricing/given-usage.ts';
export { type GivenPrice, type PriceRating, ratePrice as rate } from '#actors/pricing/rate-price.ts';

export type BillingOptions = {
  /** By the names of docs/configuration.md. Without DATABASE_URL: an embedded Postgres below ACCRUE_DATA_DIR. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** What this process does; default both. */
  readonly role?: Role;
  /** Besides the built-in fake one, which sandboxes use. */
  readonly gateways?: readonly Gateway[];
  /** Applies migrations at the start; default only for the embedded database. */
  readonly migrate?: boolean;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** A process that has its own order of closing passes it; else close() is all there is to do. */
  readonly shutdown?: Shutdown;
  /** Started before, because it is process-wide; default: nothing is traced or measured. */
  readonly telemetry?: Pick<Telemetry, 'renderMetrics'>;
};

export type Billing = CommandApi & {
  readonly tenants: Tenants;
  readonly usage: UsageApi & UsageReads;
  readonly prices: PriceApi;
  readonly reads: Reads;
  /** The whole HTTP API as a fetch function; it listens to nothing. */
  readonly app: Hono<HttpEnv>;
  readonly config: Config;
  /** Lets work under way end, then closes everything. True: cleanly and in time. */
  close(): Promise<boolean>;
};

/** Starts everything and answers when it is ready. Throws ConfigError or DatabaseUnfit, with nothing left open. */
export async function createBilling(options: BillingOptions = {}): Promise<Billing> {
  const { settings = {}, role = 'both', clock = systemClock(), random = systemRandom() } = options;
  const config = loadConfig(settings, random);
  const log = options.log ?? createLog({ level: config.logLevel, clock, traceId });
  const shutdown = options.shutdown ?? createShutdown({ timeoutMs: config.shutdownTimeoutMs, clock, log });
  const close = (): Promise<boolean> => shutdown.drain('closed');
  try {
    const databaseUrl = await openDatabase(config, { log, shutdown, migrate: options.migrate });
    const core = await startCore({ config, databaseUrl, role, clock, random, log, shutdown });
    const { tenants, sql, commandBus } = core;
    if (role !== 'web') {
      const { gateways = [] } = options;
      const workers = await createWorkerSet({ ...core, gateways, onAnswered: commandBus.wake });
      shutdown.register('workers', () => workers.close(), WORKER_CLOSE_MS_MAX);
    }
    return {
      ...createCommandApi(commandBus),
      tenants,
      usage: { ...createUsageApi(core.ingest), ...createUsageReads(sql) },
      prices: createPriceApi(sql),
      reads: createReads(sql),
      app: appOf(core, options.telemetry ?? { renderMetrics: async () => '' }),
      config,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(
  config: Config,
  { log, shutdown, migrate }: { log: Log; shutdown: Shutdown; migrate: boolean | undefined },
): Promise<string> {
  const given = config.database.url;
  if (given !== undefined) {
    if (migrate === true) await migrateUp({ url: given, log });
    return given;
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  shutdown.register('embedded database', () => embedded.stop());
  if (migrate !== false) await migrateUp({ url: embedded.url, log });
  return embedded.url;
}

function appOf(core: Core, telemetry: Pick<Telemetry, 'renderMetrics'>): Hono<HttpEnv> {
  const { sql, bell, config } = core;
  const readiness = createReadiness({
    ...core,
    checkSchema: () => assertSchema(sql),
    queueAnswers: async () => (await bell.waiting('advance')) !== undefined,
  });
  return createHttpApp({ ...core, telemetry, readiness, operatorKey: config.operatorKey });
}
