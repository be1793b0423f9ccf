// Owns one telling of the crash story: with a crash at one step or none, to its end, with what is then in the books.

import type { CrashPoint } from '#runtime/crash-points.ts';
import { createDoctor } from '#runtime/doctor.ts';
import { reportLines } from '#runtime/doctor-report.ts';
import { clockOf } from '../simulation/machine.ts';
import { type Books, readBooks, unrest } from './books.ts';
import { type Stage, tellStory } from './story.ts';
import { type CrashWorld, openWorld } from './world.ts';

/** The n-th time, from 1, that a stage comes to a point. */
export type Step = { readonly stage: Stage; readonly point: CrashPoint; readonly nth: number };
export type Crash = Step & { readonly side: 'before' | 'after' };

export type Ending = {
  readonly books: Books;
  /** Every step, in order. */
  readonly steps: readonly Step[];
  /** What does not hold at the end, in lines. */
  readonly sick: readonly string[];
  readonly crashed: boolean;
};

const REST_MS_MAX = 2 * 3_600_000;
const LOOK_MS = 30_000;

/** Tells the story in a world of its own; `look` sees the world at its end. */
export async function tell(crash?: Crash, look?: (world: CrashWorld) => Promise<void>): Promise<Ending> {
  const steps: Step[] = [];
  let stage: Stage | undefined;
  let crashed = false;
  const counts = new Map<string, number>();
  const fateAt = (point: CrashPoint): 'before' | 'after' | undefined => {
    if (stage === undefined) return undefined;
    const nth = (counts.get(`${stage} ${point}`) ?? 0) + 1;
    counts.set(`${stage} ${point}`, nth);
    steps.push({ stage, point, nth });
    if (crashed || crash?.stage !== stage || crash.point !== point || crash.nth !== nth) return undefined;
    crashed = true;
    return crash.side;
  };
  const world = await openWorld(fateAt);
  try {
    await world.live(async () => {
      await tellStory(world, (next) => {
        stage = next;
      });
      await comeToRest(world);
    });
    const books = await readBooks(world.sql, world.receivers);
    const sick = [...(await examine(world)), ...world.receivers.faults];
    await look?.(world);
    return { books, steps, sick, crashed };
  } finally {
    await world.close();
  }
}

async function comeToRest({ timeline, client, sql }: CrashWorld): Promise<void> {
  const untilMs = timeline.nowMs() + REST_MS_MAX;
  for (let left = await unrest(sql); left.length > 0; left = await unrest(sql)) {
    if (timeline.nowMs() > untilMs) throw new Error(`not done two hours after the story: ${left.join(', ')}`);
    await client.sleep(LOOK_MS);
  }
}

async function examine({ sql, timeline }: CrashWorld): Promise<string[]> {
  const clock = clockOf(timeline, { name: 'doctor', dead: false, pausedUntilMs: 0 }, 0);
  const findings = await createDoctor({ sql, clock }).examine({ settled: true, graceMs: 0, skewMs: 0 });
  const sick = (findings ?? []).filter(({ broken }) => broken > 0);
  return sick.length === 0 ? [] : reportLines(sick);
}
