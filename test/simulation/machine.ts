// Owns the processes of the simulated installation: production's own parts, composed as the entries compose them, with a
// clock that may be skewed, a way to die at once, to stand still, and to end in order.

import { wallTime } from '#actors/calendar/time.ts';
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import { createWorkerSet } from '#jobs/worker.ts';
import { createApiKeys } from '#runtime/api-keys.ts';
import type { Clock } from '#runtime/clock.ts';
import { type CommandApi, createCommandApi } from '#runtime/command-api.ts';
import { createCommandBus } from '#runtime/command-bus.ts';
import { QUEUE_NAMES } from '#runtime/config-schema.ts';
import type { Crossing } from '#runtime/crash-points.ts';
import { createIds } from '#runtime/ids.ts';
import { createIngest } from '#runtime/ingest/ingest.ts';
import { createLog } from '#runtime/log.ts';
import { createMetrics } from '#runtime/metrics.ts';
import { createBell } from '#runtime/queues/bell.ts';
import { createSecretBox } from '#runtime/secret-box.ts';
import { createTenants, type Tenants } from '#runtime/tenants.ts';
import { createUsageApi, type UsageApi } from '#runtime/usage-api.ts';
import type { Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import type { Outside } from './outside.ts';
import type { Provider } from './provider.ts';
import type { QueueServer } from './queue-server.ts';
import type { Caller, Session } from './session.ts';
import type { Owner, Timeline } from './timeline.ts';

export type Surroundings = {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly session: Session;
  readonly queues: QueueServer;
  readonly provider: Provider;
  readonly outside: Outside;
  readonly sweepEveryMs: number;
  /** Milliseconds by which a new process's clock is off. */
  skewMs(): number;
  /** How a process crosses its crash points. */
  crossingOf(caller: Caller): Crossing;
};

export type Machine = Caller & {
  readonly role: 'web' | 'worker';
  pause(ms: number): void;
  /** Ends in order, as after SIGTERM; what does not end in time dies. */
  stop(): void;
  /** Of a web process, once it stands. */
  readonly api: (CommandApi & { readonly tenants: Tenants; readonly usage: UsageApi }) | undefined;
};

const POOL_MAX = 3;
const STOP_MS_MAX = 30_000;
const SECRET_KEY = new Uint8Array(32).fill(7);
const MAIL_FROM = 'billing@seller.example';

export function startMachine(world: Surroundings, role: Machine['role'], name: string): Machine {
  const { timeline, chronicle, session } = world;
  const machine: { -readonly [key in keyof Machine]: Machine[key] } = {
    name,
    role,
    dead: false,
    pausedUntilMs: 0,
    api: undefined,
    crash: (why) => {
      if (machine.dead) return;
      machine.dead = true;
      chronicle.note('crash', `${name} ${why}`);
      session.cut(machine);
    },
    pause: (ms) => {
      chronicle.note('pause', `${name} ${ms}`);
      machine.pausedUntilMs = timeline.nowMs() + ms;
      session.endTransaction(machine);
    },
    stop: () => undefined,
  };
  const parts = partsOf(world, machine);
  chronicle.note('start', name);
  if (role === 'web') {
    machine.api = webOf(parts);
    machine.stop = () => end(world, machine, () => parts.ingest.close());
  } else {
    const set = workersOf(world, machine, parts);
    set.catch((error: unknown) => machine.crash(`could not start: ${String(error)}`));
    machine.stop = () => end(world, machine, async () => (await set).close());
  }
  return machine;
}

function end({ timeline, chronicle }: Surroundings, machine: Machine, close: () => Promise<unknown>): void {
  chronicle.note('stop', machine.name);
  timeline.after(STOP_MS_MAX, () => machine.crash('killed after its time'), machine);
  // A process at its end leaves nothing running, however it got there.
  void close().then(
    () => machine.crash('ended'),
    (error: unknown) => machine.crash(`ended with ${String(error)}`),
  );
}

function partsOf(world: Surroundings, machine: Machine) {
  const { timeline, chronicle, session, queues } = world;
  const random = world.dice.stream(machine.name);
  const clock = clockOf(timeline, machine, world.skewMs());
  const write = (line: string): void => {
    chronicle.note('log', `${machine.name} ${withoutStacks(line)}`);
  };
  const log = createLog({ level: 'warn', clock, write });
  const socket = () => session.connect(machine);
  const sql: Sql = connectDatabase({ url: 'postgres://accrue@simulated/accrue', max: POOL_MAX, socket });
  const backend = queues.backendFor(machine);
  const bell = createBell({ backend, clock, log });
  const ids = createIds({ clock, random });
  const secretBox = createSecretBox({ key: SECRET_KEY, random });
  const cross = world.crossingOf(machine);
  const base = { sql, clock, random, log, backend, bell, ids, secretBox, cross, metrics: createMetrics() };
  return { ...base, ingest: createIngest(base), commandBus: createCommandBus(base) };
}

type Parts = ReturnType<typeof partsOf>;

function webOf(parts: Parts): NonNullable<Machine['api']> {
  const defaults = { currency: 'USD', invoiceDueDays: 30, numberPrefix: 'SIM' };
  const tenants = createTenants({ ...parts, apiKeys: createApiKeys(parts), defaults });
  return { ...createCommandApi(parts.commandBus), tenants, usage: createUsageApi(parts.ingest) };
}

function workersOf(world: Surroundings, machine: Machine, parts: Parts) {
  const { provider, outside, sweepEveryMs } = world;
  return createWorkerSet({
    ...parts,
    config: {
      queues: [...QUEUE_NAMES],
      mail: { smtpUrl: undefined, from: MAIL_FROM },
      webhooks: { allowPrivate: false },
      upkeepSchedule: '17 * * * *',
    },
    gateways: [provider.gatewayFor('fake', machine), provider.gatewayFor('acme', machine)],
    mailer: outside.mailerFor(machine),
    sender: outside.senderFor(machine),
    onAnswered: parts.commandBus.wake,
    sweep: { everyMs: sweepEveryMs },
  });
}

/** The simulated present as one process sees it. A process that dies never wakes. */
export function clockOf(timeline: Timeline, owner: Owner, skewMs: number): Clock {
  return {
    wall: () => wallTime(Temporal.Instant.fromEpochMilliseconds(Math.floor(timeline.nowMs() + skewMs))),
    monotonicMs: () => timeline.nowMs(),
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          forget();
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const forget = timeline.after(ms, wake, owner);
        signal?.addEventListener('abort', wake, { once: true });
      });
    },
  };
}

/** Stacks name places of this machine. */
function withoutStacks(line: string): string {
  return line.trim().replaceAll(/"stack":"(?:[^"\\]|\\.)*"/g, '"stack":""');
}
