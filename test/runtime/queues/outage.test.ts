// Queue servers that go away while a worker runs: ringing goes on without failing, and work goes on once they are back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { QUEUE_NAMES, type QueueName } from '#runtime/config-schema.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { type Processor, startWorkers } from '#runtime/queues/workers.ts';
import { cutLine } from '#test/support/cut-line.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { quietLog } from '#test/support/queue-backends.ts';
import { startRedis } from '#test/support/redis.ts';

const clock = systemClock();
const log = { ...quietLog(), warn: () => {} };

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await clock.sleep(20);
}

/** A worker and a bell on one server, and what the worker has heard. */
async function workingOn(redisUrl: string | undefined, databaseUrl = database.url) {
  const heard: string[] = [];
  const lost: number[] = [];
  const remember: Processor = async ({ key }) => void heard.push(key);
  const processors = Object.fromEntries(QUEUE_NAMES.map((name) => [name, remember])) as Record<
    QueueName,
    Processor
  >;
  const backend = createQueueBackend({ redisUrl, databaseUrl, workers: 1, clock, log });
  const bell = createBell({ backend, clock, log, lost: (_queue, count) => void lost.push(count) });
  const workers = await startWorkers({ backend, queues: ['advance'], processors, clock, log });
  const ring = (key: string) => bell.ring([{ queue: 'advance', tenant: 'ten_1', key }]);
  const close = async (): Promise<void> => {
    await workers.close();
    await bell.close();
    await backend.close();
  };
  return { heard, lost, ring, close };
}

test('every queue connection to Postgres is cut: the worker listens again', { timeout: 60_000 }, async () => {
  const { heard, ring, close } = await workingOn(undefined);
  await ring('before');
  await until(() => heard.includes('before'));
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await admin.end();
  await until(async () => {
    await ring('after');
    return heard.includes('after');
  });
  await close();
});

test('a connection to Postgres that is lost at its first question fails the queue, and nobody else', {
  timeout: 60_000,
}, async () => {
  const line = await cutLine(database.url);
  const backend = createQueueBackend({ redisUrl: undefined, databaseUrl: line.url, workers: 0, clock, log });
  line.swallow('SELECT 1');
  await assert.rejects(backend.openQueue('advance'), /terminated unexpectedly/);
  assert.equal(line.swallowed(), 1);
  const queue = await backend.openQueue('advance');
  assert.equal(await queue.waiting(), 0);
  await queue.close();
  await backend.close();
  await line.close();
});

test('a database that answers nobody at the start of a ring holds nobody, and counts', {
  timeout: 60_000,
}, async () => {
  const nowhere = 'postgres://accrue@127.0.0.1:1/accrue';
  const backend = createQueueBackend({ redisUrl: undefined, databaseUrl: nowhere, workers: 0, clock, log });
  const lost: string[] = [];
  const bell = createBell({
    backend,
    clock,
    log,
    lost: (queue, count) => void lost.push(`${queue} ${count}`),
  });
  await bell.ring([{ queue: 'collect', tenant: 'ten_1', key: 'inv_1' }]);
  assert.deepEqual(lost, ['collect 1']);
  assert.equal(await bell.waiting('collect'), undefined);
  await bell.close();
  await backend.close();
});

test('Redis goes away, forgets everything and comes back', { timeout: 60_000 }, async (t) => {
  const first = await startRedis();
  if (first === undefined) return t.skip('redis-server is not installed');
  const { heard, lost, ring, close } = await workingOn(first.url);
  await ring('before');
  await until(() => heard.includes('before'));
  await first.stop();
  await ring('meanwhile');
  assert.deepEqual(lost, [1]);
  const second = await startRedis(Number(new URL(first.url).port));
  await until(async () => {
    await ring('after');
    return heard.includes('after');
  });
  await close();
  await second?.stop();
});

test('a ring before Redis is there is lost without an error; a later one is heard', {
  timeout: 60_000,
}, async (t) => {
  const first = await startRedis();
  if (first === undefined) return t.skip('redis-server is not installed');
  await first.stop();
  const backend = createQueueBackend({
    redisUrl: first.url,
    databaseUrl: database.url,
    workers: 0,
    clock,
    log,
  });
  const lost: number[] = [];
  const bell = createBell({ backend, clock, log, lost: (_queue, count) => void lost.push(count) });
  await bell.ring([{ queue: 'notify', tenant: '*', key: 'outbox' }]);
  assert.deepEqual(lost, [1]);
  const second = await startRedis(Number(new URL(first.url).port));
  await until(async () => {
    await bell.ring([{ queue: 'notify', tenant: '*', key: 'outbox' }]);
    return (await bell.waiting('notify')) === 1;
  });
  await bell.close();
  await backend.close();
  await second?.stop();
});
