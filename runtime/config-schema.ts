// Owns the text form of every environment variable: what parses, and what an absent one means.
// Refuses to know what the settings are used for; runtime/config.ts gives them their shape.
import { z } from 'zod';
import { isSchedule } from './schedule.ts';

/** The six queues; WORKER_QUEUES names a subset. */
export const QUEUE_NAMES = ['ingest', 'advance', 'invoice', 'collect', 'notify', 'webhook-dispatch'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

const SECRET_KEY_BYTES = 32;
const OPERATOR_KEY_CHARS_MIN = 24;

const integer = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max));

const url = (...schemes: readonly string[]) =>
  z.string().refine(
    (text) => {
      const parsed = URL.parse(text);
      return parsed !== null && schemes.includes(parsed.protocol.slice(0, -1));
    },
    `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  );

const flag = z.stringbool({
  truthy: ['true', '1'],
  falsy: ['false', '0'],
  error: 'must be true, false, 1 or 0',
});

const isCurrency = (text: string): boolean => Intl.supportedValuesOf('currency').includes(text);

const queueList = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(QUEUE_NAMES, `must name queues of: ${QUEUE_NAMES.join(', ')}`)).min(1));

const cron = z.string().refine(isSchedule, 'must be a cron expression of five fields, such as 17 3 * * *');

const secretKey = z
  .string()
  .refine(
    (text) => /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === SECRET_KEY_BYTES,
    `must be ${SECRET_KEY_BYTES} bytes in base64 (openssl rand -base64 ${SECRET_KEY_BYTES})`,
  );

/** One entry a variable; docs/configuration.md describes each, and a test holds the two together. */
export const VARIABLES = {
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  BILLING_DATABASE_DSN: url('postgres', 'postgresql').optional(),
  DATABASE_POOL_MAX: integer(1, 200).default(5),
  REDIS_URL: url('redis', 'rediss').optional(),
  PORT: integer(0, 65_535).default(3000),
  HOST: z.string().optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  SHUTDOWN_TIMEOUT_MS: integer(1, 600_000).default(25_000),
  WORKER_QUEUES: queueList.default([...QUEUE_NAMES]),
  ACCRUE_DATA_DIR: z.string().default('.accrue'),
  ACCRUE_OPERATOR_KEY: z
    .string()
    .min(OPERATOR_KEY_CHARS_MIN, `must have at least ${OPERATOR_KEY_CHARS_MIN} characters`)
    .optional(),
  ACCRUE_SECRET_KEY: secretKey.optional(),
  ACCRUE_UPKEEP_SCHEDULE: cron.default('17 * * * *'),
  ACCRUE_WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  SMTP_URL: url('smtp', 'smtps').optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'must be a mail address')
    .default('billing@localhost'),
  INVOICE_DUE_DAYS: integer(1, 365).default(30),
  INVOICE_NUMBER_PREFIX: z
    .string()
    .regex(/^[A-Z0-9-]{0,12}$/, 'must match [A-Z0-9-]{0,12}')
    .default('INV-'),
  INVOICE_DEFAULT_CURRENCY: z.string().refine(isCurrency, 'must be an ISO 4217 code').default('USD'),
  OTEL_SDK_DISABLED: flag.default(false),
  OTEL_SERVICE_NAME: z.string().default('accrue'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .default('1'),
} as const;

/** The variables after parsing, by name. */
export const environmentSchema = z.object(VARIABLES);
export type Environment = z.infer<typeof environmentSchema>;
