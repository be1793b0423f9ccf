// Owns one process of a crash story: production's own parts, composed as the entries compose them, over connections that break
// when it dies. What is dead does nothing any more: its steps never end, its sleeps never do.
import { EventEmitter } from 'node:events';
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import { createWorkerSet } from '#jobs/worker.ts';
import { createApiKeys } from '#runtime/api-keys.ts';
import { type CommandBus, createCommandBus } from '#runtime/command-bus.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import type { CrashPoint, Crossing } from '#runtime/crash-points.ts';
import { createIds } from '#runtime/ids.ts';
import { createIngest, type Ingest } from '#runtime/ingest/ingest.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import type { SweepSettings } from '#runtime/sweep-settings.ts';
import { createTenants, type Tenants } from '#runtime/tenants.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { clockOf } from '../simulation/machine.ts';
import type { QueueServer } from '../simulation/queue-server.ts';
import type { Owner, Timeline } from '../simulation/timeline.ts';
import type { Receivers } from './receivers.ts';
import { createLines } from './tracked-socket.ts';

export type Place = {
  readonly timeline: Timeline & { changed(): void };
  readonly databaseUrl: string;
  readonly queues: QueueServer;
  readonly receivers: Receivers;
  readonly sweep: Partial<SweepSettings>;
  /** Told of each step that is about to leave the process; answers whether it dies, and on which side. */
  readonly fateAt: (point: CrashPoint) => 'before' | 'after' | undefined;
  readonly log: (line: string) => void;
};

export type Instance = Owner & {
  readonly commands: CommandBus;
  readonly ingest: Ingest;
  readonly tenants: Tenants;
  /** Answers of the database that are still to come. */
  owed(): number;
  /** Settles when it is dead. */
  readonly death: Promise<void>;
  /** Gives back what a dead or living process still holds. */
  dispose(): Promise<void>;
};

const CONNECTIONS = 5;
const SECRET_KEY = new Uint8Array(32).fill(7);
export async function startInstance(place: Place, number: number): Promise<Instance> {
  const { timeline, databaseUrl, queues, receivers } = place;
  const owner: Owner = { name: `process${number}`, dead: false, pausedUntilMs: 0 };
  const lines = createLines(databaseUrl, timeline.changed);
  const death = Promise.withResolvers<void>();
  const crash = (): void => {
    owner.dead = true;
    lines.cut();
    death.resolve();
    timeline.stir();
  };
  const socket = (): EventEmitter => (owner.dead ? nowhere() : lines.open());
  const sql = connectDatabase({ url: databaseUrl, max: CONNECTIONS, socket });
  await openAll(sql);
  const clock = clockOf(timeline, owner, 0);
  const random = seededRandom(number);
  const log = createLog({ level: 'warn', clock, write: place.log });
  const backend = queues.backendFor(owner);
  const bell = createBell({ backend, clock, log });
  const ids = createIds({ clock, random });
  const secretBox = createSecretBox({ key: SECRET_KEY, random });
  const cross = crossingOf(owner, place.fateAt, crash);
  const parts = { sql, clock, random, log, backend, bell, ids, secretBox, cross, metrics: createMetrics() };
  const commands = createCommandBus(parts);
  const defaults = { currency: 'USD', invoiceDueDays: 30, numberPrefix: 'INV-' };
  const { mailer, sender } = receivers;
  void createWorkerSet({
    ...parts,
    config: {
      queues: [...QUEUE_NAMES],
      mail: { smtpUrl: undefined, from: 'billing@seller.example' },
      webhooks: { allowPrivate: true },
      upkeepSchedule: '17 3 1 6 *',
    },
    mailer,
    sender,
    onAnswered: commands.wake,
    sweep: place.sweep,
  });
  return Object.assign(owner, {
    commands,
    ingest: createIngest(parts),
    tenants: createTenants({ ...parts, apiKeys: createApiKeys(parts), defaults }),
    owed: lines.owed,
    death: death.promise,
    dispose: async () => {
      owner.dead = true;
      lines.cut();
      await sql.end({ timeout: 0 });
    },
  });
}

/** The driver opens connections by a timer of the machine: none may be opened while the story's time passes. */
async function openAll(sql: Sql): Promise<void> {
  const held = await Promise.all(Array.from({ length: CONNECTIONS }, () => sql.reserve()));
  for (const connection of held) connection.release();
}

function crossingOf(owner: Owner, fateAt: Place['fateAt'], crash: () => void): Crossing {
  const never = <T>(): Promise<T> => new Promise(() => undefined);
  return async (point, step) => {
    if (owner.dead) return never();
    const fate = fateAt(point);
    if (fate === 'before') {
      crash();
      return never();
    }
    try {
      const result = await step();
      if (fate === 'after') crash();
      return owner.dead ? await never() : result;
    } catch (error) {
      if (owner.dead) return never();
      throw error;
    }
  };
}

/** A connection that never comes about. */
function nowhere(): EventEmitter {
  const nothing = (): boolean => true;
  return Object.assign(new EventEmitter(), {
    readyState: 'opening',
    write: nothing,
    end: nothing,
    destroy: nothing,
    pause: nothing,
    resume: nothing,
  });
}
