// Owns the settings of a process: the environment goes in, one frozen Config comes out, or the start stops
// with every wrong variable named. Nothing else reads the environment.
import { resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { type Environment, environmentSchema, type QueueName, VARIABLES } from './config-schema.ts';
import { type Random, systemRandom } from './random.ts';
import { rememberedSecret } from './remembered-secret.ts';

export type Config = {
  readonly environment: 'production' | 'development' | 'test';
  /** Absent url: the embedded server. Pool size counts the application's own connections. */
  readonly database: { readonly url: string | undefined; readonly poolMax: number };
  /** Absent: the queues live in Postgres. */
  readonly redisUrl: string | undefined;
  readonly http: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  /** Creates tenants. Absent (production only): nobody can. */
  readonly operatorKey: string | undefined;
  /** 32 bytes that encrypt endpoint secrets at rest. */
  readonly secretKey: Buffer;
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string };
  readonly webhooks: { readonly allowPrivate: boolean };
  /** Cron expression, in UTC. */
  readonly upkeepSchedule: string;
  readonly queues: readonly QueueName[];
  readonly invoice: {
    readonly dueDays: number;
    readonly numberPrefix: string;
    readonly defaultCurrency: string;
  };
  readonly telemetry: {
    readonly enabled: boolean;
    readonly serviceName: string;
    readonly otlpEndpoint: string | undefined;
    /** Share of new traces that are recorded, 0 to 1. */
    readonly sampleRatio: number;
  };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly shutdownTimeoutMs: number;
};

/**
 * Parses an environment. A set but empty variable counts as absent. Throws ConfigError whose message has one line
 * for each wrong variable. In development it makes the two secrets and keeps them below ACCRUE_DATA_DIR.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  random: Random = systemRandom(),
): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  const problems = [
    ...unknownVariables(given),
    ...(parsed.success ? conflicts(parsed.data) : describe(parsed.error)),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.freeze(shape(parsed.data, random));
}

function describe(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
}

/** A misspelt name would silently mean its default. */
function unknownVariables(given: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('ACCRUE_') && !name.startsWith('ACCRUE_TEST_') && !(name in VARIABLES))
    .map((name) => `${name}: is not a variable of this version`);
}

function conflicts(env: Environment): string[] {
  const problems: string[] = [];
  const production = env.NODE_ENV === 'production';
  const { DATABASE_URL: url, BILLING_DATABASE_DSN: dsn } = env;
  if (url !== undefined && dsn !== undefined && url !== dsn) {
    problems.push('BILLING_DATABASE_DSN: differs from DATABASE_URL; set one of them');
  }
  if (production && url === undefined && dsn === undefined) {
    problems.push('DATABASE_URL: is required in production (the embedded database is for development)');
  }
  if (production && env.ACCRUE_SECRET_KEY === undefined) {
    problems.push('ACCRUE_SECRET_KEY: is required in production');
  }
  return problems;
}

function shape(env: Environment, random: Random): Config {
  const production = env.NODE_ENV === 'production';
  const dataDir = resolve(env.ACCRUE_DATA_DIR);
  const remembered = (name: string): string => rememberedSecret(name, { dataDir, random, bytes: 32 });
  return {
    environment: env.NODE_ENV,
    database: { url: env.DATABASE_URL ?? env.BILLING_DATABASE_DSN, poolMax: env.DATABASE_POOL_MAX },
    redisUrl: env.REDIS_URL,
    http: { host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'), port: env.PORT },
    dataDir,
    operatorKey: env.ACCRUE_OPERATOR_KEY ?? (production ? undefined : remembered('operator-key')),
    secretKey: Buffer.from(env.ACCRUE_SECRET_KEY ?? remembered('secret-key'), 'base64'),
    mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM },
    webhooks: { allowPrivate: env.ACCRUE_WEBHOOK_ALLOW_PRIVATE },
    upkeepSchedule: env.ACCRUE_UPKEEP_SCHEDULE,
    queues: [...new Set(env.WORKER_QUEUES)],
    invoice: {
      dueDays: env.INVOICE_DUE_DAYS,
      numberPrefix: env.INVOICE_NUMBER_PREFIX,
      defaultCurrency: env.INVOICE_DEFAULT_CURRENCY,
    },
    telemetry: {
      enabled: !env.OTEL_SDK_DISABLED,
      serviceName: env.OTEL_SERVICE_NAME,
      otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
      sampleRatio: Number(env.OTEL_TRACES_SAMPLER_ARG),
    },
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  };
}
