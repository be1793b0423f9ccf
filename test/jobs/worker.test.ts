// A whole worker on both queue servers: the sweep alone carries a customer from command to paid invoice when every other ring
// is lost, and a real worker process ends in time and loses nothing.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import { inTenant, type Sql } from '#db/scope.ts';
import { createWorkerSet } from '#jobs/worker.ts';
import { systemClock } from '#runtime/clock.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import { createIds } from '#runtime/ids.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { type BellTower, createBell } from '#runtime/queues/bell.ts';
import { systemRandom } from '#runtime/random.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { type QueueServer, queueServer, quietLog } from '#test/support/queue-backends.ts';
import { turnSetting } from '#test/support/turns.ts';

const clock = systemClock();
const log = quietLog();
const random = systemRandom();
const ids = createIds({ clock, random });
const impatient = { everyMs: 50, settleMs: 0, againAfterMs: 500 };

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await clock.sleep(25);
}

for (const kind of ['postgres', 'redis'] as const) {
  const opened = await queueServer(kind);
  describe(`a worker on ${kind}`, { skip: opened ? false : 'redis-server is not installed' }, () => {
    let server: QueueServer;
    let sql: Sql;

    before(() => {
      assert.ok(opened);
      server = opened;
      sql = connectDatabase({ url: server.databaseUrl, max: 5 });
    });
    after(async () => {
      await sql.end();
      await server.close();
    });

    const count = async (tenant: string, what: 'paid' | 'untold'): Promise<number> =>
      inTenant(sql, tenant, async (tx) => {
        const rows =
          what === 'paid'
            ? await tx`select from invoices where status = 'paid'`
            : await tx`select from outbox`;
        return rows.length;
      });

    test('finds all work in Postgres when every ring but the sweep is lost', {
      timeout: 60_000,
    }, async () => {
      const tenant = `ten_${kind}_lossy`;
      const customers = ['a', 'b', 'c'].map((name) => `cus_${kind}_${name}`);
      const setting = await turnSetting(sql, tenant, customers, clock);
      for (const id of customers) await setting.command(id, 'subscription.create', { plan: 'pro' });
      const backend = server.backend(QUEUE_NAMES.length);
      const bell = createBell({ backend, clock, log });
      const lossy: BellTower = { ...bell, ring: (rings) => bell.ring(rings.filter(({ window }) => window)) };
      const workers = await createWorkerSet({
        config: {
          queues: QUEUE_NAMES,
          mail: { smtpUrl: undefined, from: 'a@b.test' },
          webhooks: { allowPrivate: true },
          upkeepSchedule: '17 * * * *',
        },
        sql,
        backend,
        bell: lossy,
        clock,
        ids,
        random,
        log,
        metrics: createMetrics(),
        secretBox: createSecretBox({ key: random.bytes(32), random }),
        sweep: impatient,
      });
      await until(async () => (await count(tenant, 'paid')) === customers.length);
      await until(async () => (await count(tenant, 'untold')) === 0);
      await workers.close();
      await bell.close();
      await backend.close();
    });

    test('as a process takes work from where it was killed, and ends on SIGTERM', {
      timeout: 120_000,
    }, async () => {
      const tenant = `ten_${kind}_process`;
      const customer = `cus_${kind}_process`;
      const setting = await turnSetting(sql, tenant, [customer], clock);
      const folder = mkdtempSync(join(tmpdir(), 'accrue-worker-'));
      const killed = await startWorker(server, folder);
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      await setting.command(customer, 'subscription.create', { plan: 'pro' });
      const running = await startWorker(server, folder);
      await until(async () => (await count(tenant, 'paid')) === 1);
      running.kill('SIGTERM');
      assert.deepEqual(await once(running, 'exit'), [0, null]);
      rmSync(folder, { recursive: true });
    });
  });
}

/** A worker process that has said it works. */
async function startWorker(server: QueueServer, dataDir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../jobs/worker-entry.ts')], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      DATABASE_URL: server.databaseUrl,
      ...(server.redisUrl === undefined ? {} : { REDIS_URL: server.redisUrl }),
      ACCRUE_DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = new Promise<void>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += String(data);
      if (text.includes('"working"')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${text}`)));
  });
  await said;
  child.removeAllListeners('exit');
  return child;
}
