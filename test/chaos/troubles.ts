// Owns the trouble of a chaos run: two makers of it side by side, one for processes and one for servers, each going through
// a shuffled deck. Plays the platform too: what has ended is started again.
import { setTimeout as wait } from 'node:timers/promises';
import type { Dice } from '#test/simulation/dice.ts';
import type { Fleet, Member } from '#test/support/fleet.ts';
import type { Servers } from './servers.ts';

/** Longer than the lock of a job and than a claim, so that the work is given to another meanwhile. */
const PAUSE_MS = { from: 12_000, to: 17_000 } as const;
/** After SIGTERM a platform waits this long before it kills. */
const GRACE_MS = 30_000;
const PLATFORM_MS_MAX = 1_500;
const START_AGAIN_MS = 500;

const PROCESS_DECK = [
  ...Array.from({ length: 5 }, () => 'kill a worker' as const),
  ...Array.from({ length: 3 }, () => 'kill a web' as const),
  'kill all workers',
  'kill everybody',
  'stop a worker',
  'stop a web',
  'pause a worker',
  'pause a web',
] as const;
const SERVER_DECK = ['restart Postgres', 'restart Postgres', 'cut sessions', 'wipe the queues'] as const;
const REDIS_DECK = [...SERVER_DECK, 'restart Redis'] as const;

export type Blow = {
  readonly kind: (typeof PROCESS_DECK)[number] | (typeof REDIS_DECK)[number];
  readonly atMs: number;
  /** Processes that it ended with SIGKILL. */
  readonly kills: number;
};

export type Pace = {
  /** Processes to kill before it is over. */
  readonly kills: number;
  /** Milliseconds between two blows at processes, and between two at servers. */
  readonly processMs: Range;
  readonly serverMs: Range;
};
type Range = { readonly from: number; readonly to: number };

export type Troubles = {
  readonly blows: readonly Blow[];
  readonly wrongs: readonly string[];
  /** Starts that did not succeed, because a server was away. */
  failedStarts(): number;
  /** Milliseconds that the slowest start took until the process was ready: on a busy machine most of what is waited for. */
  slowestStartMs(): number;
  /** Makes trouble until enough are killed, and then sees everybody stand again. */
  make(pace: Pace, told: (blow: Blow) => void): Promise<void>;
};

type Deps = { readonly fleet: Fleet; readonly servers: Servers; readonly dice: Dice };

export function createTroubles({ fleet, servers, dice }: Deps): Troubles {
  const blows: Blow[] = [];
  const wrongs: string[] = [];
  const platform = createPlatform(fleet, { dice, wrongs });
  let over = false;

  const strike = async (kind: Blow['kind']): Promise<number> => {
    switch (kind) {
      case 'kill a worker':
        return platform.kill(platform.some('worker'));
      case 'kill a web':
        return platform.kill(platform.some('web'));
      case 'kill all workers':
        return platform.kill(platform.all('worker'));
      case 'kill everybody':
        return platform.kill([...platform.all('worker'), ...platform.all('web')]);
      case 'stop a worker':
        return platform.stop(platform.some('worker'));
      case 'stop a web':
        return platform.stop(platform.some('web'));
      case 'pause a worker':
        return platform.pause(platform.some('worker'));
      case 'pause a web':
        return platform.pause(platform.some('web'));
      case 'restart Postgres':
        return servers.restartDatabase().then(() => 0);
      case 'cut sessions':
        return servers.cutConnections().then(() => 0);
      case 'wipe the queues':
        return servers.wipeQueues().then(() => 0);
      case 'restart Redis':
        return servers.restartRedis().then(() => 0);
      default:
        return kind satisfies never;
    }
  };

  const goThrough = async (
    deck: readonly Blow['kind'][],
    every: Range,
    hit: (kind: Blow['kind']) => Promise<void>,
  ): Promise<void> => {
    for (;;) {
      for (const kind of dice.shuffle(deck)) {
        await wait(dice.int(every.from, every.to));
        if (over) return;
        await hit(kind);
      }
    }
  };

  return {
    blows,
    wrongs,
    failedStarts: platform.failedStarts,
    slowestStartMs: platform.slowestStartMs,
    make: async ({ kills, processMs, serverMs }, told) => {
      const hit = async (kind: Blow['kind']): Promise<void> => {
        const atMs = performance.now();
        const blow = { kind, atMs, kills: await strike(kind) };
        blows.push(blow);
        told(blow);
        over ||= blows.reduce((sum, one) => sum + one.kills, 0) >= kills;
      };
      await Promise.all([
        goThrough(PROCESS_DECK, processMs, hit),
        goThrough(servers.redisUrl === undefined ? SERVER_DECK : REDIS_DECK, serverMs, hit),
      ]);
      await platform.restore();
    },
  };
}

/** Ends members as it is asked, and starts again whatever has ended; nobody is struck twice at once. */
function createPlatform(fleet: Fleet, { dice, wrongs }: { dice: Dice; wrongs: string[] }) {
  const busy = new Map<Member, Promise<void>>();
  let failed = 0;
  let slowestStartMs = 0;

  const occupy = (member: Member, work: () => Promise<void>): void => {
    busy.set(
      member,
      work()
        .catch((error: unknown) => void wrongs.push(`${member.role}: ${String(error)}`))
        .finally(() => busy.delete(member)),
    );
  };

  /** A platform tries again when a start fails. */
  const bringBack = async (member: Member): Promise<void> => {
    await wait(dice.int(1, PLATFORM_MS_MAX));
    for (;;) {
      const startedMs = performance.now();
      try {
        await member.start();
        slowestStartMs = Math.max(slowestStartMs, performance.now() - startedMs);
        return;
      } catch {
        failed += 1;
        await wait(START_AGAIN_MS);
      }
    }
  };

  const standing = (role: Member['role']): Member[] =>
    fleet.members.filter((member) => {
      if (member.role !== role || busy.has(member)) return false;
      if (!member.hasEnded()) return true;
      wrongs.push(`a ${role} ended by itself with ${member.lastWords()}`);
      occupy(member, () => bringBack(member));
      return false;
    });

  return {
    failedStarts: () => failed,
    slowestStartMs: () => slowestStartMs,
    all: standing,
    some: (role: Member['role']): Member[] => {
      const members = standing(role);
      return members.length === 0 ? [] : [dice.pick(members)];
    },
    kill: async (members: readonly Member[]): Promise<number> => {
      for (const member of members)
        occupy(member, async () => {
          await member.end('SIGKILL');
          await bringBack(member);
        });
      return members.length;
    },
    stop: async (members: readonly Member[]): Promise<number> => {
      for (const member of members)
        occupy(member, async () => {
          const ended = await Promise.race([
            member.end('SIGTERM').then(() => true),
            wait(GRACE_MS, false, { ref: false }),
          ]);
          if (!ended) {
            wrongs.push(`a ${member.role} did not end within ${GRACE_MS} ms of SIGTERM`);
            await member.end('SIGKILL');
          }
          await bringBack(member);
        });
      return 0;
    },
    pause: async (members: readonly Member[]): Promise<number> => {
      for (const member of members)
        occupy(member, async () => {
          member.pause();
          await wait(dice.int(PAUSE_MS.from, PAUSE_MS.to));
          member.goOn();
        });
      return 0;
    },
    /** Everybody stands. */
    restore: async (): Promise<void> => {
      while (busy.size > 0) await Promise.all(busy.values());
      standing('web');
      standing('worker');
      while (busy.size > 0) await Promise.all(busy.values());
    },
  };
}
