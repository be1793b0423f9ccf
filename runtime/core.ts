// Owns the parts every process has, web or worker, and their order: database, queues, the bell, commands, keys, ingest.
// Everything it opens is closed by the shutdown, last first. Refuses to know jobs, notifications and HTTP.
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { checkDatabase } from './check-database.ts';
import type { Clock } from './clock.ts';
import { type CommandBus, createCommandBus } from './command-bus.ts';
import type { Config } from './config.ts';
import type { QueueName } from './config-schema.ts';
import { type Crossing, straightAcross } from './crash-points.ts';
import { createIds, type Ids } from './ids.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createQueueBackend, type QueueBackend } from './queues/backend.ts';
import { type BellTower, createBell } from './queues/bell.ts';
import type { Random } from './random.ts';
import { createSecretBox, type SecretBox } from './secret-box.ts';
import type { Shutdown } from './shutdown.ts';
import { createTenants, type Tenants } from './tenants.ts';

export type Role = 'web' | 'worker' | 'both';

export type Core = {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly sql: Sql;
  readonly backend: QueueBackend;
  readonly bell: BellTower;
  readonly ids: Ids;
  readonly secretBox: SecretBox;
  readonly commandBus: CommandBus;
  readonly ingest: Ingest;
  readonly apiKeys: ApiKeys;
  readonly tenants: Tenants;
  readonly cross: Crossing;
};

export type CoreDeps = {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly role: Role;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly shutdown: Shutdown;
  /** Tests stop at its points; default: nothing stops. */
  readonly cross?: Crossing;
};

/** Connects and checks. Throws DatabaseUnfit on a database this process must not run on. Start telemetry before. */
export async function startCore(deps: CoreDeps): Promise<Core> {
  const { config, databaseUrl, role, clock, random, log, shutdown, cross = straightAcross } = deps;
  const sql = connectDatabase({
    url: databaseUrl,
    max: config.database.poolMax,
    name: `accrue ${nameOf(role)}`,
  });
  shutdown.register('database', () => sql.end({ timeout: 5 }));
  const workers = role === 'web' ? 0 : config.queues.length;
  const backend = createQueueBackend({ redisUrl: config.redisUrl, databaseUrl, workers, clock, log });
  shutdown.register('queue connections', () => backend.close());
  await checkDatabase({
    sql,
    clock,
    log,
    budget: { app: config.database.poolMax, queue: backend.connectionsMax },
  });

  const metrics = createMetrics();
  const lost = (queue: QueueName, count: number): void => metrics.ringsLost.add(count, { queue });
  const bell = createBell({ backend, clock, log, lost });
  shutdown.register('bell', () => bell.close());
  const ids = createIds({ clock, random });
  const secretBox = createSecretBox({ key: config.secretKey, random });
  const apiKeys = createApiKeys({ sql, clock, ids, random });
  const { defaultCurrency: currency, dueDays: invoiceDueDays, numberPrefix } = config.invoice;
  const defaults = { currency, invoiceDueDays, numberPrefix };
  const tenants = createTenants({ sql, clock, ids, apiKeys, defaults });
  const ingest = createIngest({ sql, clock, bell, log, cross });
  shutdown.register('ingest', () => ingest.close());
  const commandBus = createCommandBus({ sql, clock, ids, bell, secretBox, log, cross });
  shutdown.register('command waits', () => commandBus.close());
  const parts = { sql, backend, bell, ids, secretBox, commandBus, ingest, apiKeys, tenants, cross };
  return { config, clock, random, log, metrics, shutdown, ...parts };
}

function nameOf(role: Role): string {
  return role === 'both' ? 'web and worker' : role;
}
