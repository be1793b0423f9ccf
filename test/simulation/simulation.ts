// Owns one seed from its beginning to its verdict: faults while the stories are told, then none until all is at rest,
// then the oracles.
import { connectDatabase } from '#db/connection.ts';
import { createDoctor } from '#runtime/doctor.ts';
import { type Accepted, nothingAccepted } from './accepted.ts';
import type { Engine } from './engine.ts';
import { clockOf } from './machine.ts';
import { findDifferences } from './oracles.ts';
import { restAt } from './rest.ts';
import { tellStories } from './workload.ts';
import { createWorld, type World } from './world.ts';

export type Verdict = {
  readonly seed: number;
  /** Of every line of the trace: equal for equal seed and code. */
  readonly hash: string;
  readonly wrong: readonly string[];
  readonly events: number;
  readonly requests: number;
  readonly misfortunes: Readonly<Record<string, number>>;
  /** The end of the trace. */
  readonly tail: readonly string[];
};

export type RunOptions = { readonly write?: (line: string) => void };

/** Faults end after this long, told or not. */
const STORM_MS = 120_000;
/** Room for more than one answer that takes as long as a client waits. */
const TELL_MS_MAX = 3 * 3_600_000;
/** All that is due when the faults end is done within this (reliability: liveness). */
const REST_MS_MAX = 2 * 3_600_000;
/** Longer than the first pause of dunning. */
const MORNING_AFTER_MS = 4 * 24 * 3_600_000;
/** Two clocks that are off, one forward and one back. */
const SKEW_MS_MAX = 4_000;
const LOOK_MS = 5_000;
const STUCK_LOOKS = 24;
const TAIL = 60;

export async function simulate(engine: Engine, seed: number, options: RunOptions = {}): Promise<Verdict> {
  engine.reset();
  const world = createWorld({ seed, engine, write: options.write });
  const giveBack = borrowGlobals(world);
  const accepted = nothingAccepted();
  const wrong: string[] = [];
  try {
    wrong.push(...(await live(world, accepted)));
    if (wrong.length === 0) wrong.push(...findDifferences(world, accepted, calmAt(world)));
    if (wrong.length === 0) wrong.push(...(await seeDoctor(world)));
  } finally {
    await world.end();
    giveBack();
  }
  for (const what of wrong) world.chronicle.note('wrong', what);
  return {
    seed,
    hash: world.chronicle.hash(),
    wrong,
    events: world.timeline.events(),
    requests: world.session.served(),
    misfortunes: world.misfortunes,
    tail: world.chronicle.tail(TAIL),
  };
}

async function live(world: World, accepted: Accepted): Promise<string[]> {
  const { timeline, chronicle } = world;
  let told: { failure?: unknown } | undefined;
  const stories = tellStories(world, accepted).then(
    () => {
      told = {};
    },
    (failure: unknown) => {
      told = { failure };
    },
  );
  const isTold = (): boolean => told !== undefined;
  const storm = timeline.after(STORM_MS, () => world.heal());
  await timeline.run({ done: isTold, forMs: TELL_MS_MAX });
  if (!isTold()) return ['the stories do not come to their end'];
  await stories;
  if (told?.failure !== undefined) return [`a story broke off: ${String((told.failure as Error).stack)}`];
  storm();
  world.heal();
  chronicle.note('phase', 'calm');
  const late = await comeToRest(world);
  if (late.length > 0) return late;
  // What was declined on the last day of the storm is asked for again.
  timeline.jump(MORNING_AFTER_MS);
  return comeToRest(world);
}

/** What ships as `accrue doctor`, asked over a connection of its own. */
async function seeDoctor(world: World): Promise<string[]> {
  const { timeline, session } = world;
  const caller = { name: 'doctor', dead: false, pausedUntilMs: 0, crash: () => undefined };
  const socket = (): ReturnType<typeof session.connect> => session.connect(caller);
  const sql = connectDatabase({ url: 'postgres://accrue@simulated/accrue', max: 1, socket });
  const doctor = createDoctor({ sql, clock: clockOf(timeline, caller, 0) });
  let findings: Awaited<ReturnType<typeof doctor.examine>> | 'asking' = 'asking';
  void doctor.examine({ settled: true, skewMs: SKEW_MS_MAX }).then((found) => {
    findings = found;
  });
  await timeline.run({ done: () => findings !== 'asking', forMs: LOOK_MS * 10 });
  session.cut(caller);
  const found = findings as Awaited<ReturnType<typeof doctor.examine>> | 'asking';
  if (found === 'asking' || found === undefined) return ['the doctor does not answer'];
  return found.flatMap(({ id, broken, examples }) =>
    broken === 0 ? [] : [`doctor ${id}: ${broken} broken, ${JSON.stringify(examples.slice(0, 3))}`],
  );
}

/** When the faults had ended and all was done for the first time. */
function calmAt({ timeline }: World): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(timeline.nowMs() - MORNING_AFTER_MS)).toString();
}

/** Runs until nothing is due. What is only waiting for its time is brought nearer by a jump, within the two hours. */
async function comeToRest(world: World): Promise<string[]> {
  const { timeline, engine, session } = world;
  const untilMs = timeline.nowMs() + REST_MS_MAX;
  let due: readonly string[] = ['a transaction'];
  let same = 0;
  while (timeline.nowMs() < untilMs) {
    await timeline.run({ done: () => false, forMs: LOOK_MS });
    if (!session.isIdle()) continue;
    const rest = restAt(engine, timeline.nowMs());
    same = String(due) === String(rest.due) ? same + 1 : 0;
    due = rest.due;
    if (due.length === 0) return [];
    const { nextMs } = rest;
    // Whoever is stuck is stuck: the rest of the two hours passes in a few steps.
    if (same >= STUCK_LOOKS && nextMs === undefined) timeline.jump(REST_MS_MAX / 8);
    const waits = due.every((kind) => kind === 'payments' || kind === 'clocks' || kind === 'commands');
    if (waits && nextMs !== undefined && nextMs > timeline.nowMs() + LOOK_MS && nextMs < untilMs) {
      timeline.jump(nextMs - timeline.nowMs());
    }
  }
  return [`not done two hours after the last fault: ${due.join(', ')}`];
}

/** The database driver waits with the global timers, looks at how long ago and throws dice: during a run all are the world's. */
function borrowGlobals({ timeline, dice }: World): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const { random } = Math;
  const driver = dice.stream('driver');
  const virtual = (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): (() => void) =>
    timeline.after(ms, () => act(...args));
  const forget = (timer: unknown): void => {
    if (typeof timer === 'function') timer();
  };
  Object.assign(globalThis, { setTimeout: virtual, clearTimeout: forget });
  Object.defineProperty(performance, 'now', { value: () => timeline.nowMs(), configurable: true });
  Math.random = () => driver.number();
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Reflect.deleteProperty(performance, 'now');
    Math.random = random;
  };
}
