// Owns the parts of a process that works: the six processors with what they need, their workers, and the sweep.
// Refuses to know where its database, queues and settings come from.
import type { Sql } from '#db/scope.ts';
import { createMailRun } from '#notifications/email/mail-run.ts';
import { createMailer, type Mailer } from '#notifications/email/mailer.ts';
import { createRelay } from '#notifications/relay.ts';
import { parseDestination } from '#notifications/webhooks/destination.ts';
import { createDispatcher } from '#notifications/webhooks/dispatcher.ts';
import { createRecorder } from '#notifications/webhooks/recorder.ts';
import { createSender, type Sender } from '#notifications/webhooks/sender.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Config } from '#runtime/config.ts';
import { QUEUE_NAMES, type QueueName } from '#runtime/config-schema.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import type { Ids } from '#runtime/ids.ts';
import { createDrain } from '#runtime/ingest/drain.ts';
import type { Log } from '#runtime/log.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { QueueBackend } from '#runtime/queues/backend.ts';
import type { BellTower } from '#runtime/queues/bell.ts';
import { type Processor, startWorkers } from '#runtime/queues/workers.ts';
import type { Random } from '#runtime/random.ts';
import { createRollupCheck } from '#runtime/rollup-check.ts';
import type { SecretBox } from '#runtime/secret-box.ts';
import { createSweep } from '#runtime/sweep.ts';
import { startSweeping } from '#runtime/sweep-loop.ts';
import type { SweepSettings } from '#runtime/sweep-settings.ts';
import { createUpkeep } from '#runtime/sweep-upkeep.ts';
import { createTenantTurns } from '#runtime/tenant-turn.ts';
import { createTestClocks } from '#runtime/test-clocks.ts';
import { createPriceCache } from '#runtime/turn/price-cache.ts';
import { createTurns } from '#runtime/turn/turns.ts';
import { createReprocessings } from '#runtime/usage/reprocess.ts';
import { advanceJob } from './advance.ts';
import { collectJob } from './collect.ts';
import { createFakeGateway } from './gateways/fake-gateway.ts';
import type { Gateway } from './gateways/gateway.ts';
import { ingestProcessor } from './ingest.ts';
import { invoiceJob } from './invoice.ts';
import { notifyJob } from './notify.ts';
import { settling } from './outcome.ts';
import { webhookDispatchJob } from './webhook-dispatch.ts';

export type WorkerSetDeps = {
  readonly config: Pick<Config, 'queues' | 'mail' | 'webhooks' | 'upkeepSchedule'>;
  readonly sql: Sql;
  readonly backend: QueueBackend;
  readonly bell: BellTower;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly secretBox: SecretBox;
  /** Besides the built-in fake one, which one of the same name replaces. */
  readonly gateways?: readonly Gateway[];
  /** Called after each commit that answered commands. */
  readonly onAnswered?: () => void;
  readonly sweep?: Partial<SweepSettings>;
  /** In place of an SMTP server and of real connections: a simulation's own. */
  readonly mailer?: Mailer;
  readonly sender?: Sender;
  /** Tests stop at its points; default: nothing stops. */
  readonly cross?: Crossing;
};

export type WorkerSet = {
  /** Takes no more work, waits for what is under way, aborts the rest; within WORKER_CLOSE_MS_MAX. */
  close(): Promise<void>;
};

/** What the workers' own patience adds up to, with room for the clients they close. */
export const WORKER_CLOSE_MS_MAX = 18_000;

/** Starts workers for the configured queues, and the sweep. Rejects, with nothing left running, if the queues are away. */
export async function createWorkerSet(deps: WorkerSetDeps): Promise<WorkerSet> {
  const { config, backend, clock, random, log, metrics } = deps;
  const { smtpUrl, from } = config.mail;
  const mailer = deps.mailer ?? (smtpUrl === undefined ? undefined : createMailer({ smtpUrl, from }));
  const { sender = createSender({ clock, log, allowPrivate: config.webhooks.allowPrivate }) } = deps;
  const mails = mailer && createMailRun({ ...deps, mailer });
  const closeClients = async (): Promise<void> => {
    await sender.close();
    mailer?.close();
  };

  const processors: Record<QueueName, Processor> = {
    ingest: ingestProcessor({ drain: createDrain(deps), clock }),
    ...actorProcessors(deps),
    notify: notifyJob({ relay: createRelay({ ...deps, mailFrom: mailer && from }), mails }),
    'webhook-dispatch': webhookDispatchJob({ dispatcher: dispatcherOf(deps, sender) }),
  };
  for (const name of QUEUE_NAMES) processors[name] = settling(name, processors[name], deps);

  const workers = await startWorkers({ backend, queues: config.queues, processors, clock, log }).catch(
    async (error: unknown) => {
      await closeClients();
      throw error;
    },
  );
  const parked = (count: number): void => metrics.customersParked.record(count);
  const settings = deps.sweep ?? {};
  const sweeping = startSweeping({
    sweep: createSweep({ ...deps, settings, parked }),
    upkeep: createUpkeep({ ...deps, rollups: createRollupCheck(deps) }),
    upkeepSchedule: config.upkeepSchedule,
    clock,
    random,
    log,
    ...(settings.everyMs === undefined ? {} : { everyMs: settings.everyMs }),
  });
  return {
    close: async () => {
      await Promise.allSettled([sweeping.stop(), workers.close()]);
      await closeClients();
    },
  };
}

function actorProcessors(deps: WorkerSetDeps): Record<'advance' | 'invoice' | 'collect', Processor> {
  const { allowPrivate } = deps.config.webhooks;
  const gateways = [...(deps.gateways ?? []), createFakeGateway(deps)];
  const names = gateways.map(({ name }) => name);
  const { onAnswered } = deps;
  const turns = createTurns({
    ...deps,
    gateways: names,
    prices: createPriceCache(),
    ...(onAnswered && { onAnswered }),
  });
  const tenantTurns = createTenantTurns({
    ...deps,
    checkDestination: (url) => parseDestination(url, { allowPrivate }),
    gateways: names,
  });
  return {
    advance: advanceJob({
      turns,
      tenantTurns,
      testClocks: createTestClocks(deps),
      reprocessings: createReprocessings(deps),
    }),
    invoice: invoiceJob({ turns }),
    collect: collectJob({ ...deps, gateways, turns }),
  };
}

function dispatcherOf(deps: WorkerSetDeps, sender: Sender) {
  return createDispatcher({ ...deps, box: deps.secretBox, sender, recorder: createRecorder(deps) });
}
