// Settings: what an empty environment means, that a wrong one stops the start, and that the page names them all.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig } from '#runtime/config.ts';
import { ConfigError } from '#runtime/config-error.ts';
import { VARIABLES } from '#runtime/config-schema.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'accrue-config-'));
after(() => rmSync(dataDir, { recursive: true }));
const development = { ACCRUE_DATA_DIR: dataDir };
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://accrue:pw@db:5432/accrue',
  ACCRUE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
};

test('development needs nothing', () => {
  const config = loadConfig(development);
  assert.equal(config.database.url, undefined);
  assert.deepEqual(config.http, { host: '127.0.0.1', port: 3000 });
  assert.equal(config.queues.length, 6);
  assert.equal(config.secretKey.length, 32);
});

test('development secrets are made once, for their owner only', () => {
  const first = loadConfig(development);
  const second = loadConfig(development);
  assert.equal(first.operatorKey, second.operatorKey);
  assert.deepEqual(first.secretKey, second.secretKey);
  assert.equal(statSync(join(dataDir, 'operator-key')).mode & 0o077, 0);
});

test('production makes no secrets and listens to the outside', () => {
  const config = loadConfig(production);
  assert.equal(config.operatorKey, undefined);
  assert.equal(config.http.host, '0.0.0.0');
});

test('an empty variable counts as absent', () => {
  assert.equal(loadConfig({ ...production, PORT: '', REDIS_URL: '' }).http.port, 3000);
});

test('BILLING_DATABASE_DSN is another name of DATABASE_URL', () => {
  const { DATABASE_URL, ...rest } = production;
  assert.equal(loadConfig({ ...rest, BILLING_DATABASE_DSN: DATABASE_URL }).database.url, DATABASE_URL);
  assert.throws(
    () => loadConfig({ ...production, BILLING_DATABASE_DSN: 'postgres://other/db' }),
    /BILLING_DATABASE_DSN/,
  );
});

const wrong: readonly (readonly [string, string])[] = [
  ['NODE_ENV', 'prod'],
  ['DATABASE_URL', 'mysql://x/y'],
  ['DATABASE_URL', 'not a url'],
  ['REDIS_URL', 'http://x'],
  ['PORT', '65536'],
  ['PORT', '3000x'],
  ['PORT', '1e3'],
  ['PORT', '-1'],
  ['ACCRUE_OPERATOR_KEY', 'short'],
  ['ACCRUE_SECRET_KEY', 'c2hvcnQ='],
  ['ACCRUE_WEBHOOK_ALLOW_PRIVATE', 'maybe'],
  ['ACCRUE_WEBHOK_ALLOW_PRIVATE', 'true'],
  ['WORKER_QUEUES', 'ingest,advanced'],
  ['DATABASE_POOL_MAX', '0'],
  ['SHUTDOWN_TIMEOUT_MS', '25s'],
  ['SMTP_URL', 'mail.example.com'],
  ['MAIL_FROM', 'nobody'],
  ['INVOICE_DUE_DAYS', '0'],
  ['INVOICE_NUMBER_PREFIX', 'inv_'],
  ['ACCRUE_UPKEEP_SCHEDULE', 'hourly'],
  ['ACCRUE_UPKEEP_SCHEDULE', '61 * * * *'],
  ['INVOICE_DEFAULT_CURRENCY', 'XXY'],
  ['LOG_LEVEL', 'loud'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
];

for (const [name, value] of wrong) {
  test(`${name}=${value} stops the start and is named`, () => {
    assert.throws(
      () => loadConfig({ ...production, [name]: value }),
      (error) =>
        error instanceof ConfigError &&
        error.message.startsWith(`${name}: `) &&
        !error.message.includes('\n'),
    );
  });
}

test('every wrong variable is named at once', () => {
  assert.throws(
    () => loadConfig({ ...production, PORT: 'x', HOST: 'y', LOG_LEVEL: 'z' }),
    (error) => error instanceof ConfigError && /^PORT: .*\nLOG_LEVEL: /.test(error.message),
  );
});

test('production without its database or key does not start', () => {
  assert.throws(() => loadConfig({ NODE_ENV: 'production' }), /DATABASE_URL: .*\nACCRUE_SECRET_KEY: /);
});

test('docs/configuration.md has one row for each variable', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1] ?? '');
  assert.deepEqual(rows.sort(), Object.keys(VARIABLES).sort());
});
