// The life story in which every queued job is deleted and every ring is lost: only the sweep, which looks at rows, is left.
// The story is told twice, with rings and without, and must end the same (law 1).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { wallTime } from '#actors/calendar/time.ts';
import { inTenant } from '#db/scope.ts';
import { createWorkerSet, type WorkerSet } from '#jobs/worker.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { createCommandApi } from '#runtime/command-api.ts';
import { loadConfig } from '#runtime/config.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import { type Core, startCore } from '#runtime/core.ts';
import type { BellTower } from '#runtime/queues/bell.ts';
import { systemRandom } from '#runtime/random.ts';
import { createReads } from '#runtime/reads.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { createUsageApi } from '#runtime/usage-api.ts';
import { queueServer, quietLog } from '#test/support/queue-backends.ts';
import { scratchFolder } from '#test/support/scratch-folder.ts';
import { done, PLAN_PRICES, TOKENS_METER } from '#test/support/story.ts';
import { BACKENDS, type Backend } from '#test/support/story-world.ts';
import { type SmtpSink, startSmtpSink } from '../../examples/support/smtp-sink.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../examples/support/webhook-receiver.ts';

const SWEEP = { everyMs: 50, settleMs: 0, againAfterMs: 200 };
const PATIENCE_MS = 60_000;
/** The jump over the period's end and the grace stays within the five minutes that signatures of webhooks are good for. */
const UNTIL_END_SECONDS = 60;
const GRACE_SECONDS = 30;

type Ending = {
  readonly invoices: readonly unknown[];
  readonly events: readonly string[];
  readonly mails: readonly string[];
  readonly webhooks: number;
  readonly gaps: number;
};

/** Real time, moved forward by jumps: customers that live on no test clock are found by the sweep. */
function jumpingClock(): { readonly clock: Clock; jumpTo(at: string): void } {
  const real = systemClock();
  let aheadMs = 0;
  const wall = () => wallTime(real.wall().add({ milliseconds: aheadMs }));
  return {
    clock: { ...real, wall },
    jumpTo: (at) => {
      aheadMs += Temporal.Instant.from(at).epochMilliseconds - wall().epochMilliseconds;
    },
  };
}

/** Passes on what the sweep rings, and nothing else. */
function deafTo(bell: BellTower): BellTower {
  return { ...bell, ring: (rings) => bell.ring(rings.filter((ring) => ring.window !== undefined)) };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 20) {
    if (await holds()) return;
    await wait(20);
  }
  assert.fail(`in vain: ${what}`);
}

async function tell(
  backend: Backend,
  { lossy, mailbox, receiver }: { lossy: boolean; mailbox: SmtpSink; receiver: WebhookReceiver },
): Promise<Ending> {
  const server = await queueServer(backend);
  assert.ok(server);
  const folder = scratchFolder();
  const { clock, jumpTo } = jumpingClock();
  const log = quietLog();
  const shutdown = createShutdown({ timeoutMs: 25_000, clock, log });
  const config = loadConfig({
    DATABASE_URL: server.databaseUrl,
    ACCRUE_DATA_DIR: folder.path,
    ACCRUE_WEBHOOK_ALLOW_PRIVATE: 'true',
    SMTP_URL: mailbox.url,
    ...(server.redisUrl !== undefined && { REDIS_URL: server.redisUrl }),
  });
  const random = systemRandom();
  const { databaseUrl } = server;
  const core = await startCore({ config, databaseUrl, role: 'both', clock, random, log, shutdown });
  const stage = stages(core, lossy);
  try {
    return await story(core, { stage, jumpTo, mailbox, receiver });
  } finally {
    await stage.end();
    await shutdown.drain('the story is told');
    await server.close();
    folder.remove();
  }
}

/** How a stage is told: with workers that hear everything, or with workers that come when all jobs are gone. */
function stages(core: Core, lossy: boolean) {
  const work = (bell: BellTower): Promise<WorkerSet> =>
    createWorkerSet({ ...core, bell, sweep: SWEEP, onAnswered: core.commandBus.wake });
  let hearing: WorkerSet | undefined;

  const opening = Promise.all(QUEUE_NAMES.map((name) => core.backend.openQueue(name)));
  const loseAll = async (): Promise<void> => {
    const queues = await opening;
    await until('a job to delete', async () => {
      const waiting = await Promise.all(queues.map((queue) => queue.waiting()));
      return waiting.some((jobs) => jobs > 0);
    });
    for (const queue of queues) await queue.wipe();
  };

  return {
    /** Asks for something and sees it through; `asks: false` where only time passes. */
    async play<T>(ask: () => Promise<T>, seen = async (): Promise<boolean> => true, asks = true): Promise<T> {
      if (!lossy) hearing ??= await work(core.bell);
      const asked = ask();
      if (lossy && asks) await loseAll();
      const deaf = lossy ? await work(deafTo(core.bell)) : undefined;
      const answer = await asked;
      await until('the stage to end', seen);
      await deaf?.close();
      return answer;
    },
    end: async (): Promise<void> => {
      await hearing?.close();
      for (const queue of await opening) await queue.close();
    },
  };
}

type Telling = {
  readonly stage: ReturnType<typeof stages>;
  readonly jumpTo: (at: string) => void;
  readonly mailbox: SmtpSink;
  readonly receiver: WebhookReceiver;
};

async function story(core: Core, { stage, jumpTo, mailbox, receiver }: Telling): Promise<Ending> {
  const api = createCommandApi(core.commandBus);
  const reads = createReads(core.sql);
  const usage = createUsageApi(core.ingest);
  const patient = { waitMs: PATIENCE_MS };
  const created = await core.tenants.create({
    name: 'Seller',
    sandbox: true,
    collectionIntervalSeconds: GRACE_SECONDS,
  });
  assert.ok(created.ok);
  const tenant = created.data.id;

  const endpoint = await stage.play(() =>
    done(api.webhookEndpoints.create(tenant, { url: receiver.url }, patient)),
  );
  receiver.trust((endpoint as unknown as { secret: string }).secret);
  await stage.play(() => done(api.meters.create(tenant, TOKENS_METER, patient)));
  const plan = { key: 'pro', name: 'Pro', currency: 'USD', interval: 'day', prices: PLAN_PRICES } as const;
  await stage.play(() => done(api.plans.create(tenant, plan, patient)));
  const card = { gateway: 'fake', token: `tok_ok_${tenant}` };
  const person = { externalId: 'ada', name: 'Ada', email: 'ada@customer.example', paymentMethod: card };
  const { id: customerId } = await stage.play(() => done(api.customers.create(tenant, person, patient)));

  const invoices = async () => {
    const { items } = await reads.invoices.list(tenant, { customerId });
    return Promise.all(items.toReversed().map(({ id }) => reads.invoices.find(tenant, id)));
  };
  const paid = (count: number) => async (): Promise<boolean> =>
    (await invoices()).filter((invoice) => invoice?.status === 'paid').length === count;
  const startAt = core.clock.wall().subtract({ hours: 24 }).add({ seconds: UNTIL_END_SECONDS }).toString();
  const subscription = await stage.play(
    () => done(api.subscriptions.create(tenant, { customerId, plan: 'pro', startAt }, patient)),
    paid(1),
  );

  const events = [40, 110].map((tokens, index) => ({
    id: `use-${index}`,
    type: 'request',
    customer: 'ada',
    properties: { tokens },
  }));
  // No claim stands when time jumps: one that the jump ends is taken by another, who rightly sends the mail once more.
  const nothingOnItsWay = async (): Promise<boolean> => {
    const open = await inTenant(
      core.sql,
      tenant,
      (tx) => tx`select 1 from outbox union all select 1 from emails where status = 'pending'
        union all select 1 from webhook_deliveries where status = 'pending'`,
    );
    return open.length === 0;
  };
  const counted = await stage.play(() => usage.ingest(tenant, events, patient), nothingOnItsWay);
  assert.ok(counted.ok);
  assert.deepEqual(counted.result?.results, ['created', 'created']);

  const { periodEnd } = subscription as unknown as { periodEnd: string };
  jumpTo(
    Temporal.Instant.from(periodEnd)
      .add({ seconds: GRACE_SECONDS + 1 })
      .toString(),
  );
  const said = async () => (await reads.billingEvents.list(tenant, {})).items;
  const delivered = async (): Promise<boolean> =>
    (await paid(2)()) && receiver.events().length === (await said()).length && mailbox.mails().length === 4;
  await stage.play(async () => undefined, delivered, false);

  return {
    invoices: (await invoices()).map((invoice) => ({
      total: invoice?.total,
      // Which of a boundary's charges is rated first depends on when its turns come.
      lines: invoice?.lines.map(({ kind, quantity, amount }) => [kind, quantity, amount]).toSorted(),
      attempts: invoice?.attempts.map(({ status, amount }) => [status, amount]),
    })),
    events: (await said()).map(({ type }) => type).toSorted(),
    mails: mailbox
      .mails()
      .map(({ subject }) => (subject ?? '').replaceAll(/\d{4}-\d{2}-\d{2}/g, 'day'))
      .toSorted(),
    webhooks: receiver.events().length,
    gaps: receiver.gaps().length,
  };
}

for (const backend of BACKENDS) {
  describe(`lost rings on ${backend}`, () => {
    let outside: { mailbox: SmtpSink; receiver: WebhookReceiver }[] = [];
    before(async () => {
      const pair = async () => ({ mailbox: await startSmtpSink(), receiver: await startWebhookReceiver() });
      outside = [await pair(), await pair()];
    });
    after(async () => {
      for (const { mailbox, receiver } of outside) await Promise.all([mailbox.close(), receiver.close()]);
    });

    test('a story whose every job is deleted ends as if nothing had happened', async () => {
      const [one, other] = outside;
      assert.ok(one && other);
      const whole = await tell(backend, { lossy: false, ...one });
      assert.deepEqual(whole.invoices, [
        { total: '1000', lines: [['fee', '1', '1000']], attempts: [['succeeded', '1000']] },
        {
          total: '2250',
          lines: [
            ['fee', '1', '1000'],
            ['usage', '150', '1250'],
          ],
          attempts: [['succeeded', '2250']],
        },
      ]);
      assert.deepEqual([whole.gaps, whole.mails.length], [0, 4]);
      assert.deepEqual(await tell(backend, { lossy: true, ...other }), whole);
    });
  });
}
