// Owns a chaos run on one queue backend, from its servers to its report: real processes under load and blows, then calm, then
// the doctor and the reckoning.
import { setTimeout as wait } from 'node:timers/promises';
import { createDice } from '#test/simulation/dice.ts';
import { sickOf } from '#test/support/examined.ts';
import { startFleet } from '#test/support/fleet.ts';
import type { Backend } from '#test/support/story-world.ts';
import { nothingAccepted } from './accepted.ts';
import { createFlow, type Flow, KINDS_OF_WORK, type KindOfWork } from './flow.ts';
import { startLoad } from './load.ts';
import { startReceivers } from './receivers.ts';
import { reckon, unfinished } from './reckoning.ts';
import { type Servers, startServers } from './servers.ts';
import { type Blow, createTroubles, type Pace, type Troubles } from './troubles.ts';

/** After the last blow all that waits for a dead process's lease or for its next try is done within this. */
const REST_MS_MAX = 300_000;
const LOOK_MS = 500;

export type ChaosPlan = {
  readonly backend: Backend;
  readonly seed: number;
  readonly pace: Pace;
  readonly buyers: number;
  readonly sandboxes: number;
  /** The minutes for which the dead still hold what they had claimed pass at once. */
  readonly hurries: boolean;
  told(moment: { readonly kills: number; readonly text: string }): void;
};

export type Resumed = {
  readonly kind: Blow['kind'];
  /** Milliseconds until all kinds of work were done again, and until each was. */
  readonly ms: number;
  readonly by: Readonly<Record<KindOfWork, number>>;
  /** What else was struck before work went on. Not subtracted: it only says why. */
  readonly meanwhile: readonly Blow['kind'][];
};

export type ChaosReport = {
  readonly backend: Backend;
  readonly seconds: number;
  readonly kills: number;
  readonly blows: Readonly<Record<string, number>>;
  /** Slowest first. */
  readonly resumed: readonly Resumed[];
  readonly failedStarts: number;
  readonly slowestStartMs: number;
  readonly work: Readonly<Record<string, number>>;
  /** Webhooks that came more than once, as they may. */
  readonly repeats: number;
  readonly wrongs: readonly string[];
};

export async function runChaos(plan: ChaosPlan): Promise<ChaosReport> {
  const startedMs = performance.now();
  const servers = await startServers(plan.backend);
  const flow = createFlow();
  const receivers = await startReceivers(flow);
  const { databaseUrl, redisUrl } = servers;
  const fleet = await startFleet(
    {
      DATABASE_URL: databaseUrl,
      SMTP_URL: receivers.smtpUrl,
      ACCRUE_WEBHOOK_ALLOW_PRIVATE: 'true',
      OTEL_SDK_DISABLED: 'true',
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
    { webs: 2, workers: 3 },
  );
  const stop = new AbortController();
  try {
    const dice = createDice(plan.seed);
    const accepted = nothingAccepted();
    const origins = fleet.members.filter(({ role }) => role === 'web').map(({ origin }) => origin);
    const { operatorKey } = fleet;
    const { hooks, trust } = receivers;
    const { buyers, sandboxes } = plan;
    const client = { origins, operatorKey, hooks, trust, buyers, sandboxes, signal: stop.signal };
    const load = await startLoad({ ...client, accepted, flow, dice: dice.stream('load') });
    const troubles = createTroubles({ fleet, servers, dice: dice.stream('troubles') });
    await Promise.race([load.broken, storm(plan, troubles, flow)]);
    plan.told({ kills: killsOf(troubles), text: 'calm' });
    if (plan.hurries) await passLeases(servers);
    await load.end();
    const wrongs = [...troubles.wrongs, ...(await comeToRest(servers))];
    wrongs.push(...(await sickOf(databaseUrl, { settled: true })));
    wrongs.push(...(await reckon({ servers, accepted, receivers })));
    return {
      backend: plan.backend,
      seconds: (performance.now() - startedMs) / 1_000,
      kills: killsOf(troubles),
      blows: Object.fromEntries(
        [...Map.groupBy(troubles.blows, ({ kind }) => kind)].map(([kind, blows]) => [kind, blows.length]),
      ),
      resumed: resumedOf(troubles, flow),
      failedStarts: troubles.failedStarts(),
      slowestStartMs: troubles.slowestStartMs(),
      work: {
        ...Object.fromEntries(KINDS_OF_WORK.map((kind) => [kind, flow.count(kind)])),
        customers: accepted.customers.length,
        events: accepted.events.size,
      },
      repeats: receivers.repeats(),
      wrongs,
    };
  } finally {
    stop.abort();
    await fleet.close();
    await Promise.all([receivers.close(), servers.close()]);
  }
}

const killsOf = ({ blows }: Troubles): number => blows.reduce((sum, { kills }) => sum + kills, 0);

/** Until enough are killed, and work of every kind was done after the last blow. */
async function storm({ pace, told }: ChaosPlan, troubles: Troubles, flow: Flow): Promise<void> {
  await troubles.make(pace, ({ kind }) => told({ kills: killsOf(troubles), text: kind }));
  const lastMs = troubles.blows.at(-1)?.atMs ?? 0;
  const untilMs = performance.now() + REST_MS_MAX;
  while (slowestOf(flow.resumedAfter(lastMs)) === Infinity && performance.now() < untilMs)
    await wait(LOOK_MS);
}

const slowestOf = (by: Readonly<Record<KindOfWork, number>>): number => Math.max(...Object.values(by));

function resumedOf({ blows }: Troubles, flow: Flow): Resumed[] {
  const resumed = blows.map(({ kind, atMs }) => {
    const by = flow.resumedAfter(atMs);
    const ms = slowestOf(by);
    const further = blows.filter((other) => other.atMs > atMs && other.atMs < atMs + ms);
    return { kind, ms, by, meanwhile: further.map((other) => other.kind) };
  });
  return resumed.toSorted((a, b) => b.ms - a.ms);
}

async function comeToRest(servers: Servers): Promise<string[]> {
  const untilMs = performance.now() + REST_MS_MAX;
  for (;;) {
    const open = await unfinished(servers);
    if (open.length === 0) return [];
    if (performance.now() > untilMs)
      return [`not at rest ${REST_MS_MAX / 1_000} s after the last blow: ${open.join(', ')}`];
    await wait(LOOK_MS);
  }
}

async function passLeases(servers: Servers): Promise<void> {
  for (const table of ['payment_attempts', 'webhook_deliveries', 'emails'])
    await servers.ask(
      `update ${table} set lease_until = lease_until - interval '3 minutes' where lease_until is not null`,
    );
}
