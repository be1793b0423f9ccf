// Runs the tests: one real Postgres (and Redis, if installed) for all files, then node's own runner.
// Arguments are passed on: `npm test -- test/db/connection.test.ts`. With CI=true a missing Redis is a failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { VARIABLES } from '#runtime/config-schema.ts';
import { startRedis, type TestRedis } from './support/redis.ts';
import {
  ADMIN_VARIABLE,
  APP_VARIABLE,
  asAdmin,
  CLONE_PREFIX,
  ensureTemplate,
  openTestServer,
  type TestServer,
} from './support/server.ts';

/** Of a test: hundreds of seeds on a busy machine take minutes. */
const TEST_TIMEOUT_MS = 900_000;
const COMPILED = join(import.meta.dirname, '../.accrue/test/compiled');
const FIRST = import.meta.resolve('./support/hung-file.ts');

async function main(): Promise<number> {
  const redis = await startRedis();
  if (redis === undefined) {
    if (process.env['CI'] === 'true')
      throw new Error('redis-server is not installed, and CI tests both queue backends');
    console.error('NOTICE: redis-server is not installed: tests of the Redis queue backend are skipped.');
  }
  const server = await openTestServer();
  try {
    await dropAbandonedClones(server);
    await ensureTemplate(server);
    return await runNode(environment(server, redis));
  } finally {
    await server.stop();
    await redis?.stop();
  }
}

/** No setting of the person who runs the tests reaches them, least of all the address of a database. */
function environment(server: TestServer, redis: TestRedis | undefined): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !(name in VARIABLES));
  return {
    ...Object.fromEntries(clean),
    [ADMIN_VARIABLE]: server.adminUrl,
    [APP_VARIABLE]: server.appUrl,
    // Hundreds of processes load the same files: what one has compiled, the others need not.
    NODE_COMPILE_CACHE: COMPILED,
    ...(redis && { REDIS_URL: redis.url }),
  };
}

async function runNode(env: NodeJS.ProcessEnv): Promise<number> {
  const given = process.argv.slice(2);
  const files = given.length > 0 ? given : ['test/**/*.test.ts'];
  const concurrency = Math.max(2, availableParallelism());
  const limits = [`--test-concurrency=${concurrency}`, `--test-timeout=${TEST_TIMEOUT_MS}`];
  const flags = ['--test', ...limits, `--import=${FIRST}`];
  const child = spawn(process.execPath, [...flags, ...files], { env, stdio: 'inherit' });
  // The terminal sends an interrupt to the child as well: here it only must not end this process before the server.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** Databases of test processes that were killed. */
async function dropAbandonedClones({ adminUrl }: TestServer): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const names = await admin.query<{ datname: string }>(
      'select datname from pg_database where datname ^@ $1',
      [CLONE_PREFIX],
    );
    for (const { datname } of names.rows) {
      const pid = Number.parseInt(datname.slice(CLONE_PREFIX.length), 10);
      if (!isAlive(pid)) await admin.query(`drop database if exists ${datname} with (force)`);
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

process.exitCode = await main();
