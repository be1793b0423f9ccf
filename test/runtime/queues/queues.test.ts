// The six queues on both servers: no ring is lost during work, waiting rings merge, a killed worker's job runs again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { QUEUE_NAMES, type QueueName } from '#runtime/config-schema.ts';
import { createLog } from '#runtime/log.ts';
import { createQueueBackend } from '#runtime/queues/backend.ts';
import { type BellTower, createBell } from '#runtime/queues/bell.ts';
import type { RungJob } from '#runtime/queues/ring.ts';
import { LOCK_MS, STALLED_CHECK_MS, STALLED_MAX } from '#runtime/queues/settings.ts';
import { type Processor, startWorkers } from '#runtime/queues/workers.ts';
import { startTelemetry } from '#runtime/telemetry.ts';
import { traceId } from '#runtime/trace.ts';
import { type QueueServer, queueServer, quietLog } from '#test/support/queue-backends.ts';
import { asAdmin } from '#test/support/server.ts';

const clock = systemClock();
const log = quietLog();
/** What a dead process left is looked for at once; who lives keeps its locks, however busy the machine is. */
const CHECKED = { lockMs: LOCK_MS, checkMs: 200 };
/** Nobody looks for stalled jobs meanwhile. */
const UNCHECKED = { lockMs: 2_000, checkMs: 600_000 };

/** Answers when `holds` does; the runner's own limit ends a test where it never does. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await clock.sleep(10);
}

function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

function processors(advance: Processor): Record<QueueName, Processor> {
  const unexpected: Processor = ({ key }) => Promise.reject(new Error(`unexpected ${key}`));
  return { ...Object.fromEntries(QUEUE_NAMES.map((name) => [name, unexpected])), advance } as Record<
    QueueName,
    Processor
  >;
}

test('a killed worker frees its job within seconds, and survives many deploys', () => {
  assert.deepEqual(
    { LOCK_MS, STALLED_CHECK_MS, STALLED_MAX },
    { LOCK_MS: 6_000, STALLED_CHECK_MS: 2_000, STALLED_MAX: 20 },
  );
});

/** A process of its own that works on `advance`, and the warnings of its queues. */
async function heardWorking(
  server: QueueServer,
  advance: Processor,
  locks: { lockMs: number; checkMs: number },
) {
  const said: string[] = [];
  const told = createLog({ level: 'warn', clock, write: (line) => void said.push(line) });
  const backend = createQueueBackend({ ...server, workers: 1, clock, log: told });
  const workers = await startWorkers({
    backend,
    queues: ['advance'],
    processors: processors(advance),
    locks,
    clock,
    log,
  });
  return { said, close: () => workers.close().then(() => backend.close()) };
}

/** The renewal of all locks waits for one job's row, and comes to the others when the work is done. */
async function whileRenewing(
  { databaseUrl }: QueueServer,
  key: string,
  work: (admin: Client) => Promise<void>,
): Promise<void> {
  await asAdmin(databaseUrl, async (admin) => {
    await admin.query('begin');
    await admin.query('select 1 from bullmq.job where data::text like $1 for update', [`%${key}%`]);
    await until(async () => {
      await admin.query('select pg_stat_clear_snapshot()');
      const { rows } = await admin.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and query like '%locks could not be renewed%'`,
      );
      return rows.length > 0;
    });
    await asAdmin(databaseUrl, async (other) => {
      // What needs a row that the renewal came to before this one's fails instead of waiting for it.
      await other.query(`set lock_timeout = '10s'`);
      await work(other);
    });
    await admin.query('rollback');
  });
}

test('work that ends while its lock is renewed has lost nothing', async () => {
  const server = await queueServer('postgres');
  assert.ok(server);
  const bell = createBell({ backend: server.backend(0), clock, log });
  const holds = new Map(['cus_1', 'cus_2', 'cus_3', 'cus_4'].map((key) => [key, gate()]));
  const running = new Set<string>();
  const work: Processor = async ({ key }) => {
    running.add(key);
    await holds.get(key)?.passed;
    running.delete(key);
  };
  const worker = await heardWorking(server, work, UNCHECKED);
  await bell.ring([...holds.keys()].map((key) => ({ queue: 'advance' as const, tenant: 'ten_1', key })));
  await until(() => running.size === holds.size);
  await whileRenewing(server, 'cus_1', async (admin) => {
    for (const [key, { open }] of holds) if (key !== 'cus_1') open();
    await until(async () => (await admin.query('select 1 from bullmq.job')).rows.length < holds.size);
  });
  holds.get('cus_1')?.open();
  await until(async () => {
    const left = await asAdmin(server.databaseUrl, (admin) => admin.query('select 1 from bullmq.job'));
    return left.rows.length === 0;
  });
  await worker.close();
  await bell.close();
  await server.close();
  assert.deepEqual(worker.said, []);
});

test('work that its own worker takes again is aborted but for the last time, also while a lock before is renewed', async () => {
  const server = await queueServer('postgres');
  assert.ok(server);
  const bell = createBell({ backend: server.backend(0), clock, log });
  const hold = gate();
  const signals: AbortSignal[] = [];
  const running = new Set<string>();
  const work: Processor = async ({ key }, signal) => {
    running.add(key);
    if (key === 'cus_beside') return hold.passed;
    signals.push(signal);
    await (signals.length < 3 ? once(signal, 'abort') : hold.passed);
  };
  const worker = await heardWorking(server, work, UNCHECKED);
  const takeAgain = async (admin: Client): Promise<void> => {
    const times = signals.length;
    // As the look for stalled jobs leaves it.
    await admin.query(
      `update bullmq.job set state = 'waiting', lock_token = null, locked_until_ms = null
        where data::text like '%cus_expired%'`,
    );
    await admin.query(`select pg_notify('bullmq_jobs', queue) from bullmq.job`);
    await until(() => signals.length > times);
  };
  const lockedUntil = async (admin: Client): Promise<number> => {
    const { rows } = await admin.query<{ until: string }>(
      `select locked_until_ms as until from bullmq.job where data::text like '%cus_expired%'`,
    );
    return Number(rows[0]?.until);
  };
  const renewed = async (admin: Client): Promise<void> => {
    const before = await lockedUntil(admin);
    await until(async () => {
      const now = clock.wall().epochMilliseconds;
      const locked = await lockedUntil(admin);
      assert.ok(locked > now, `the lock ran out ${now - locked} ms ago`);
      return locked > before;
    });
  };
  const keys = ['cus_beside', 'cus_expired'];
  await bell.ring(keys.map((key) => ({ queue: 'advance' as const, tenant: 'ten_1', key })));
  await until(() => running.size === keys.length);
  // Both are renewed by the same statement from the first time on.
  await asAdmin(server.databaseUrl, renewed);
  await whileRenewing(server, 'cus_beside', takeAgain);
  // The last lock is renewed like any other, long after the renewal that failed was answered and the runs before have ended.
  await asAdmin(server.databaseUrl, async (admin) => {
    await renewed(admin);
    await takeAgain(admin);
    for (let times = 0; times < 3; times += 1) await renewed(admin);
  });
  hold.open();
  await worker.close();
  await bell.close();
  await server.close();
  assert.deepEqual(
    signals.map(({ aborted, reason }) => aborted && reason),
    ['lock lost', 'lock lost', false],
  );
  assert.equal(worker.said.length, 1);
  assert.match(worker.said[0] ?? '', /the lock of job \S+ is lost/);
});

for (const kind of ['postgres', 'redis'] as const) {
  const probe = kind === 'postgres' ? undefined : await queueServer(kind);
  const skip = kind === 'redis' && probe === undefined ? 'redis-server is not installed' : false;

  describe(`rings on ${kind}`, { skip }, () => {
    let server: QueueServer;
    let bell: BellTower;

    before(async () => {
      const opened = probe ?? (await queueServer(kind));
      assert.ok(opened);
      server = opened;
      bell = createBell({ backend: server.backend(0), clock, log });
    });
    after(async () => {
      await bell.close();
      await server.close();
    });

    async function working(advance: Processor, concurrency = 4) {
      return startWorkers({
        backend: server.backend(1),
        queues: ['advance'],
        processors: processors(advance),
        concurrency: { advance: concurrency },
        locks: CHECKED,
        clock,
        log,
      });
    }

    test('a ring during the work gives a second run, however often it is rung', async () => {
      const hold = gate();
      let runs = 0;
      const workers = await working(async () => {
        runs += 1;
        if (runs === 1) await hold.passed;
      });
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_1' }]);
      await until(() => runs === 1);
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_1' }]);
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_1' }]);
      hold.open();
      await until(() => runs === 2);
      await until(async () => (await bell.waiting('advance')) === 0);
      await workers.close();
      assert.equal(runs, 2);
    });

    test('rings for the same key merge while they wait; many keys each run once', async () => {
      const keys = Array.from({ length: 700 }, (_, n) => `cus_${n}`);
      const rings = keys.map((key) => ({ queue: 'advance' as const, tenant: 'ten_1', key }));
      await bell.ring(rings);
      await bell.ring(rings.slice(0, 50));
      assert.equal(await bell.waiting('advance'), 700);
      const seen: string[] = [];
      const workers = await working(async ({ key }) => void seen.push(key), 8);
      await until(() => seen.length >= 700);
      await workers.close();
      assert.deepEqual(seen.toSorted(), keys.toSorted());
    });

    test('a stuck key does not silence the ring of a sweep', async () => {
      const hold = gate();
      const seen: string[] = [];
      const workers = await working(async ({ key }, signal) => {
        seen.push(key);
        if (seen.length === 1) await hold.passed;
        assert.equal(signal.aborted, false);
      });
      const ring = { queue: 'advance' as const, tenant: 'ten_1', key: 'cus_stuck' };
      await bell.ring([ring]);
      await until(() => seen.length === 1);
      await bell.ring([{ ...ring, window: 'w1' }]);
      await until(() => seen.length === 2);
      hold.open();
      await workers.close();
    });

    test('a batch of customers, its trace and its tries arrive as they were rung', async () => {
      const telemetry = await startTelemetry({
        enabled: true,
        serviceName: 'test',
        otlpEndpoint: undefined,
        sampleRatio: 1,
      });
      const jobs: RungJob[] = [];
      const traces: (string | undefined)[] = [];
      const workers = await working(async (job) => {
        jobs.push(job);
        traces.push(traceId());
      });
      const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_a', keys: ['cus_a', 'cus_b'], trace }]);
      await until(() => jobs.length === 1);
      await bell.ring([
        { queue: 'advance', tenant: 'ten_1', key: 'cus_a', retry: { number: 2, delayMs: 5 } },
      ]);
      await until(() => jobs.length === 2);
      await workers.close();
      await telemetry.stop();
      assert.deepEqual(jobs, [
        { tenant: 'ten_1', key: 'cus_a', keys: ['cus_a', 'cus_b'], retries: 0 },
        { tenant: 'ten_1', key: 'cus_a', retries: 2 },
      ]);
      assert.equal(traces[0], trace.split('-')[1]);
      assert.notEqual(traces[1], traces[0]);
    });

    test('a fault whose text no database can store ends the job; the next ring runs', async () => {
      let runs = 0;
      const workers = await working(async () => {
        runs += 1;
        if (runs === 1) throw new Error(`poison \u0000 and half a character \ud800 ${'x'.repeat(100_000)}`);
      });
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_poison' }]);
      await until(() => runs === 1);
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_poison' }]);
      await until(() => runs === 2);
      await workers.close();
      assert.equal(runs, 2);
    });

    test('work that does not end is aborted when its process stops', { timeout: 60_000 }, async () => {
      let reason: unknown;
      let runs = 0;
      const workers = await startWorkers({
        backend: server.backend(1),
        queues: ['advance'],
        processors: processors(async (_job, signal) => {
          runs += 1;
          await once(signal, 'abort');
          reason = signal.reason;
        }),
        // Only the patience before the abort is hurried; BullMQ's own timers stay real.
        clock: { ...clock, sleep: (ms, signal) => clock.sleep(ms / 100, signal) },
        log: { ...log, warn: () => {} },
      });
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_long' }]);
      await until(() => runs === 1);
      await workers.close();
      assert.equal(reason, 'shutting down');
    });

    test('the job of a killed worker is taken over', { timeout: 60_000 }, async () => {
      const child = spawn(
        process.execPath,
        [
          join(import.meta.dirname, '../../support/hanging-worker.ts'),
          server.databaseUrl,
          ...(server.redisUrl ? [server.redisUrl] : []),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let said = '';
      child.stdout.on('data', (data) => {
        said += String(data);
      });
      await until(() => said.includes('ready'));
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_killed' }]);
      await until(() => said.includes('taken'));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const seen: string[] = [];
      const workers = await working(async ({ key }) => void seen.push(key));
      await until(() => seen.length === 1);
      await workers.close();
      assert.deepEqual(seen, ['cus_killed']);
    });

    test('work whose lock is lost is aborted, and that is said', async () => {
      let reason: unknown;
      const work: Processor = async (_job, signal) => {
        await once(signal, 'abort');
        reason = signal.reason;
      };
      const worker = await heardWorking(server, work, UNCHECKED);
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_locked' }]);
      await until(async () => (await bell.waiting('advance')) === 0);
      const queue = await server.backend(0).openQueue('advance');
      await queue.wipe();
      await queue.close();
      await until(() => reason !== undefined);
      await worker.close();
      assert.equal(reason, 'lock lost');
      assert.match(worker.said[0] ?? '', /the lock of job \S+ is lost/);
    });

    test('a wiped queue takes rings again', async () => {
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_wiped' }]);
      const queue = await server.backend(0).openQueue('advance');
      await queue.wipe();
      assert.equal(await queue.waiting(), 0);
      await queue.close();
      const seen: string[] = [];
      const workers = await working(async ({ key }) => void seen.push(key));
      await bell.ring([{ queue: 'advance', tenant: 'ten_1', key: 'cus_wiped' }]);
      await until(() => seen.length === 1);
      await workers.close();
    });
  });
}
