// Owns the stage of a crash story: a database of its own, a process that is started again when it dies, and a client that asks
// until it is answered, with the same key.
import type { Outcome } from '#actors/rejection.ts';
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import type { CommandRequest } from '#runtime/command-bus.ts';
import type { UsageEventInput } from '#runtime/ingest/usage-event.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { createChronicle } from '../simulation/chronicle.ts';
import { createDice } from '../simulation/dice.ts';
import { createQueueServer } from '../simulation/queue-server.ts';
import { dueNow, unrest } from './books.ts';
import { createIdleTimeline, type IdleTimeline } from './idle-timeline.ts';
import { type Instance, type Place, startInstance } from './instance.ts';
import { createReceivers, type Receivers } from './receivers.ts';
import { createLines } from './tracked-socket.ts';

export type CrashWorld = {
  readonly timeline: IdleTimeline;
  readonly receivers: Receivers;
  /** Sees what is committed, as the application's role. */
  readonly sql: Sql;
  /** As superuser. */
  readonly adminUrl: string;
  /** What processes logged as errors. */
  errors(): readonly string[];
  readonly client: Client;
  /** Lives until the story is told. Rejects with what the story throws, or when nothing happens any more. */
  live<T>(story: () => Promise<T>): Promise<T>;
  /** Milliseconds from the crash until nothing was due any more; clients ask for nothing meanwhile, nor afterwards. */
  resumed(): Promise<number>;
  /** Waits until nothing is under way; rejects after two hours. */
  comeToRest(how: { readonly atTheEnd: boolean }): Promise<void>;
  close(): Promise<void>;
};

export type Client = {
  sleep(ms: number): Promise<void>;
  tenant(): Promise<string>;
  /** The data of a command that must not be refused. */
  must(request: Asked): Promise<Record<string, unknown>>;
  /** Sends usage and waits until it is counted. */
  use(tenant: string, events: readonly UsageEventInput[]): Promise<void>;
};

/** Payloads are checked by whoever decides them. */
export type Asked = Pick<CommandRequest, 'tenant' | 'customerId' | 'type'> & { readonly payload: object };

export const STARTS_AT = '2023-11-01T00:00:00Z';
const RESTART_MS = 1_000;
const LOOK_MS = 1_000;
const REST_LOOK_MS = 30_000;
const REST_MS_MAX = 2 * 3_600_000;
/** Jumps not counted; more means that something is never done. */
const LIFE_MS_MAX = 86_400_000;

/** Rarely: a story waits for nothing else. */
const RARELY = { everyMs: 15_000, settleMs: 2_000, againAfterMs: 30_000 };
const DUE_LOOK_MS = 100;

const NO_FAULTS = { lost: 0, doubled: 0, delayed: 0, reordered: 0, away: 0 };

type Ways = {
  /** A crash also empties the queues, so that the sweep has to find what is due. */
  readonly losesRings?: boolean;
  /** Who comes after the dead sweeps as in production. */
  readonly hurries?: boolean;
};

export async function openWorld(
  fateAt: Place['fateAt'],
  { losesRings = false, hurries = false }: Ways = {},
): Promise<CrashWorld> {
  const database: TestDatabase = await testDatabase({ max: 1 });
  const instances: Instance[] = [];
  const startMs = Temporal.Instant.from(STARTS_AT).epochMilliseconds;
  let starting = 0;
  const owed = (): number => instances.reduce((sum, one) => sum + one.owed(), watching.owed() + starting);
  const timeline = createIdleTimeline({ startMs, owed });
  const watching = createLines(database.url, timeline.changed);
  const sql = connectDatabase({ url: database.url, max: 1, socket: watching.open });
  const receivers = createReceivers();
  const chronicle = createChronicle(timeline.nowMs);
  const queues = createQueueServer({ timeline, dice: createDice(1), chronicle, faults: NO_FAULTS });
  const log: string[] = [];
  const place: Omit<Place, 'sweep'> = {
    timeline,
    databaseUrl: database.url,
    queues,
    receivers,
    fateAt,
    log: (line) => void log.push(line),
  };
  const crashedAt = Promise.withResolvers<number>();
  let isSilent = false;

  const start = async (): Promise<void> => {
    starting += 1;
    const sweep = hurries && instances.length > 0 ? {} : RARELY;
    const instance = await startInstance({ ...place, sweep }, instances.length + 1);
    instances.push(instance);
    starting -= 1;
    timeline.changed();
    void instance.death.then(() => {
      crashedAt.resolve(timeline.nowMs());
      isSilent = hurries;
      if (losesRings) queues.wipe();
      timeline.after(RESTART_MS, () => void start());
    });
  };
  await Promise.all([start(), sql`select 1`]);
  const client = createClient(timeline, () =>
    isSilent ? undefined : instances.findLast((one) => !one.dead),
  );

  return {
    timeline,
    receivers,
    sql,
    adminUrl: database.adminUrl,
    errors: () => log.filter((line) => line.includes('"level":"error"')),
    client,
    resumed: async () => {
      const fromMs = await crashedAt.promise;
      while ((await dueNow(sql, nowText(timeline))).length > 0) await client.sleep(DUE_LOOK_MS);
      return timeline.nowMs() - fromMs;
    },
    comeToRest: (how) => comeToRest({ timeline, client, sql }, how),
    live: (story) => live(timeline, story),
    close: async () => {
      for (const instance of instances) await instance.dispose();
      await sql.end({ timeout: 0 });
      await database.close();
    },
  };
}

async function comeToRest(
  { timeline, client, sql }: Pick<CrashWorld, 'timeline' | 'client' | 'sql'>,
  how: { readonly atTheEnd: boolean },
): Promise<void> {
  const untilMs = timeline.livedMs() + REST_MS_MAX;
  const look = (): Promise<string[]> => unrest(sql, { ...how, now: nowText(timeline) });
  for (let left = await look(); left.length > 0; left = await look()) {
    if (timeline.livedMs() > untilMs) throw new Error(`not done in two hours: ${left.join(', ')}`);
    await client.sleep(REST_LOOK_MS);
  }
}

function nowText({ nowMs }: IdleTimeline): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs())).toString();
}

async function live<T>(timeline: IdleTimeline, story: () => Promise<T>): Promise<T> {
  let ended = false;
  const told = story().finally(() => {
    ended = true;
    timeline.stir();
  });
  told.catch(() => undefined);
  const how = await timeline.run({ done: () => ended, forMs: LIFE_MS_MAX });
  if (how !== 'done') throw new Error(`the story does not come to its end: ${how}`);
  return told;
}

function createClient(timeline: IdleTimeline, standing: () => Instance | undefined): Client {
  let asked = 0;
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void timeline.after(ms, resolve));

  /** Asks whoever stands until there is an answer; whoever dies leaves none. */
  const untilAnswered = async <T>(ask: (instance: Instance) => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const instance = standing();
      const answer = instance && (await Promise.race([ask(instance), instance.death.then(() => undefined)]));
      if (answer !== undefined) return answer;
      await sleep(LOOK_MS);
    }
  };

  return {
    sleep,
    tenant: async () => {
      const created = await untilAnswered(({ tenants }) => tenants.create({ name: 'Seller', sandbox: true }));
      if (!created.ok) throw new Error(created.message);
      return created.data.id;
    },
    must: async (request) => {
      asked += 1;
      const idempotencyKey = `key ${asked}`;
      const outcome = await untilAnswered<Outcome>(async ({ commands }) => {
        const submitted = await commands.submit({ ...request, idempotencyKey } as CommandRequest);
        if (!('commandId' in submitted)) throw new Error(`${request.type}: ${JSON.stringify(submitted)}`);
        return (await commands.outcome(request.tenant, submitted.commandId))?.outcome;
      });
      if (!outcome.ok) throw new Error(`${request.type} was refused: ${outcome.code} ${outcome.message}`);
      return outcome.data as Record<string, unknown>;
    },
    use: async (tenant, events) => {
      const receipt = await untilAnswered(async ({ ingest }) => {
        const taken = await ingest.accept(tenant, events);
        if (taken.kind === 'refused') throw new Error(JSON.stringify(taken.problems));
        return taken.kind === 'accepted' ? taken.receipt : undefined;
      });
      await untilAnswered(async ({ ingest }) => {
        const state = await ingest.find(tenant, receipt.id);
        return state?.status === 'done' ? state : undefined;
      });
    },
  };
}
