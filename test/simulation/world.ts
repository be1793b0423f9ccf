// Owns one simulated world: everything a seed puts around the engine, its processes, and the misfortunes that befall them.
// Refuses to know what clients ask for.
import type { Crossing } from '#runtime/crash-points.ts';
import { type Chronicle, createChronicle } from './chronicle.ts';
import { createDice, type Dice } from './dice.ts';
import type { Engine } from './engine.ts';
import { type Machine, type Surroundings, startMachine } from './machine.ts';
import { createOutside, type Outside } from './outside.ts';
import { createProvider, type Provider } from './provider.ts';
import { createQueueServer } from './queue-server.ts';
import { type Caller, createSession, type Judge, type Session } from './session.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { clearUp, forecast, type Weather } from './weather.ts';

export type World = {
  readonly seed: number;
  readonly dice: Dice;
  readonly timeline: Timeline;
  readonly chronicle: Chronicle;
  readonly session: Session;
  readonly engine: Engine;
  readonly provider: Provider;
  readonly outside: Outside;
  readonly weather: Weather;
  /** A web process that stands, or undefined while none does. */
  web(): Machine | undefined;
  /** No more faults: dead processes come back, paused ones go on. */
  heal(): void;
  /** Nobody of this world does anything any more. */
  end(): Promise<void>;
  /** How often each kind of misfortune happened. */
  readonly misfortunes: Readonly<Record<string, number>>;
};

const START = '2024-01-10T08:00:00Z';
const RESTART_MS_MAX = 5_000;
const PAUSE_MS_MAX = 60_000;
const JUMP_MS_MAX = 3 * 3_600_000;
/** Around the day for which a provider remembers a key. More nights, and usage that is sent again would be too old to bill. */
const NIGHT_MS = { from: 18 * 3_600_000, to: 30 * 3_600_000 } as const;
const NIGHTS_MAX = 2;

export function createWorld({
  seed,
  engine,
  write,
}: {
  seed: number;
  engine: Engine;
  write?: ((line: string) => void) | undefined;
}): World {
  const dice = createDice(seed);
  const startMs = Temporal.Instant.from(START).epochMilliseconds + dice.int(0, 300) * 86_400_000;
  const timeline = createTimeline({ startMs, dice: dice.stream('time') });
  const chronicle = createChronicle(timeline.nowMs, write);
  const weather = forecast(dice.stream('weather'));
  const misfortunes: Record<string, number> = {};
  const suffer = (kind: string): void => {
    misfortunes[kind] = (misfortunes[kind] ?? 0) + 1;
  };
  const judge = judgeOf(weather, dice.stream('database'), suffer);
  const session = createSession({ engine, timeline, dice: dice.stream('session'), chronicle, judge });
  const base = { timeline, chronicle };
  const queues = createQueueServer({ ...base, dice: dice.stream('queue'), faults: weather.queue });
  const provider = createProvider({ ...base, dice: dice.stream('provider'), faults: weather.provider });
  const outside = createOutside({ ...base, dice: dice.stream('outside'), faults: weather.outside });
  const skew = dice.stream('skew');
  const surroundings: Surroundings = {
    ...base,
    dice: dice.stream('machines'),
    session,
    queues,
    provider,
    outside,
    sweepEveryMs: dice.pick([1_000, 2_000, 5_000]),
    skewMs: () => skew.int(-weather.processes.skewMs, weather.processes.skewMs),
    crossingOf: crossings(weather, { timeline, dice: dice.stream('points'), suffer }),
  };
  const fleet = createFleet(surroundings, { dice: dice.stream('fleet'), weather, suffer });
  return {
    seed,
    dice,
    ...base,
    session,
    engine,
    provider,
    outside,
    weather,
    misfortunes,
    web: fleet.web,
    heal: () => {
      clearUp(weather);
      fleet.wake();
    },
    end: async () => {
      fleet.end();
      await timeline.run({ done: () => false, forMs: 0 });
    },
  };
}

function judgeOf(weather: Weather, dice: Dice, suffer: (kind: string) => void): Judge {
  const faults = weather.database;
  const fateOf: Judge = (_caller, { sql }) => {
    const commits = /^commit\b/i.test(sql);
    if (dice.chance(commits ? faults.commitLostBefore : faults.lostBefore)) return 'lost_before';
    if (dice.chance(commits ? faults.commitLostAfter : faults.lostAfter)) return 'lost_after';
    if (dice.chance(faults.crashBefore)) return 'crash_before';
    if (dice.chance(faults.crashAfter)) return 'crash_after';
    if (!/^(commit|rollback)\b/i.test(sql) && dice.chance(faults.refused))
      return dice.chance(0.5) ? '40001' : '40P01';
    return 'served';
  };
  return (caller, request) => {
    const fate = fateOf(caller, request);
    if (fate !== 'served') suffer(fate);
    return fate;
  };
}

/** A process that dies at a crash point never gets past it, before or after its step. */
function crossings(
  weather: Weather,
  { timeline, dice, suffer }: { timeline: Timeline; dice: Dice; suffer: (kind: string) => void },
): (caller: Caller) => Crossing {
  const never = <T>(): Promise<T> => new Promise(() => undefined);
  return (caller) => async (point, step) => {
    const dies = dice.chance(weather.database.crashAtPoint) ? dice.pick(['before', 'after']) : undefined;
    if (dies === undefined) return step();
    suffer('crash_point');
    if (dies === 'after') await step();
    timeline.stir();
    caller.crash(`${dies} ${point}`);
    return never();
  };
}

type FleetDeps = { readonly dice: Dice; readonly weather: Weather; readonly suffer: (kind: string) => void };

/** Two webs and two workers, whatever happens to them. */
function createFleet(world: Surroundings, { dice, weather, suffer }: FleetDeps) {
  const { timeline, chronicle, queues } = world;
  const places: { role: Machine['role']; machine: Machine }[] = [];
  let made = 0;
  let nights = 0;
  const start = (role: Machine['role']): Machine => {
    made += 1;
    return startMachine(world, role, `${role}${made}`);
  };
  for (const role of ['web', 'web', 'worker', 'worker'] as const) places.push({ role, machine: start(role) });

  /** The platform starts what has died. */
  const supervise = (): void => {
    for (const place of places) if (place.machine.dead) place.machine = start(place.role);
    timeline.after(dice.int(500, RESTART_MS_MAX), supervise);
  };
  supervise();

  const misfortune = (): void => {
    const { everyMs, kinds } = weather.processes;
    if (everyMs === 0 || kinds.length === 0) return;
    const kind = dice.pick(kinds);
    suffer(kind);
    strike(kind, dice.pick(places));
    timeline.after(dice.int(1, 2 * everyMs), misfortune);
  };

  const strike = (kind: (typeof weather.processes.kinds)[number], place: (typeof places)[number]): void => {
    const { machine, role } = place;
    switch (kind) {
      case 'crash':
        return machine.crash('killed');
      case 'pause':
        return machine.pause(dice.int(1, PAUSE_MS_MAX));
      case 'deploy':
        // The new one works before the old one has ended.
        place.machine = start(role);
        return machine.stop();
      case 'wipe':
        chronicle.note('wipe', 'queues');
        return queues.wipe();
      case 'jump':
        chronicle.note('jump', 'hours');
        return timeline.jump(dice.int(1, JUMP_MS_MAX));
      case 'night':
        nights += 1;
        if (nights > NIGHTS_MAX) return;
        chronicle.note('jump', 'a night');
        return timeline.jump(dice.int(NIGHT_MS.from, NIGHT_MS.to));
      default:
        return kind satisfies never;
    }
  };
  timeline.after(dice.int(1, 10_000), misfortune);

  return {
    web: () => {
      const standing = places.filter(({ role, machine }) => role === 'web' && !machine.dead);
      return standing.length === 0 ? undefined : dice.pick(standing).machine;
    },
    end: () => {
      for (const { machine } of places) machine.crash('the end');
    },
    wake: () => {
      for (const { machine } of places) machine.pausedUntilMs = 0;
    },
  };
}
