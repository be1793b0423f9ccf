// Owns one telling of the crash story: with a crash at one step or none, to its end, with what is then in the books.

import { inSystem } from '#db/scope.ts';
import type { Clock } from '#runtime/clock.ts';
import type { CrashPoint } from '#runtime/crash-points.ts';
import { createDoctor } from '#runtime/doctor.ts';
import { reportLines } from '#runtime/doctor-report.ts';
import { clockOf } from '../simulation/machine.ts';
import { type Books, readBooks } from './books.ts';
import { type Stage, tellStory } from './story.ts';
import { type CrashWorld, openWorld } from './world.ts';

/** The n-th time, from 1, that a stage comes to a point. */
export type Step = { readonly stage: Stage; readonly point: CrashPoint; readonly nth: number };
/** After a step all rings are lost as well; before it they stay, and the job comes again when its lock has run out. */
export type Crash = Step & { readonly side: 'before' | 'after' };

export type Ending = {
  readonly books: Books;
  /** Every step, in order. */
  readonly steps: readonly Step[];
  /** What does not hold at the end, in lines. */
  readonly sick: readonly string[];
  readonly crashed: boolean;
};

/** Tells the story in a world of its own. */
export async function tell(crash?: Crash): Promise<Ending> {
  const fate = fateOf(crash);
  const world = await openWorld(fate.at, { losesRings: crash?.side === 'after' });
  try {
    await world.live(async () => {
      await tellStory(world, fate.begin);
      await world.comeToRest({ atTheEnd: true });
    });
    const books = await readBooks(world.sql, world.receivers);
    const sick = [...(await examine(world)), ...world.receivers.faults, ...world.errors()];
    return { books, steps: fate.steps, sick, crashed: fate.crashed() };
  } finally {
    await world.close();
  }
}

/** Tells the story until its crash: milliseconds of its time until nothing was due any more. */
export async function resume(crash: Crash): Promise<number> {
  const fate = fateOf(crash);
  const world = await openWorld(fate.at, { losesRings: crash.side === 'after', hurries: true });
  try {
    return await world.live(() => {
      const untold = tellStory(world, fate.begin).then(() => Promise.reject(new Error('nobody died')));
      return Promise.race([untold, world.resumed()]);
    });
  } finally {
    await world.close();
  }
}

/** Remembers every step, and kills at that of the crash. */
function fateOf(crash: Crash | undefined) {
  const steps: Step[] = [];
  let stage: Stage | undefined;
  let crashed = false;
  const counts = new Map<string, number>();
  return {
    steps,
    crashed: () => crashed,
    begin: (next: Stage): void => {
      stage = next;
    },
    at: (point: CrashPoint): Crash['side'] | undefined => {
      if (stage === undefined) return undefined;
      const nth = (counts.get(`${stage} ${point}`) ?? 0) + 1;
      counts.set(`${stage} ${point}`, nth);
      steps.push({ stage, point, nth });
      if (crashed || crash?.stage !== stage || crash.point !== point || crash.nth !== nth) return undefined;
      crashed = true;
      return crash.side;
    },
  };
}

async function examine(world: CrashWorld): Promise<string[]> {
  const findings = await createDoctor({ sql: world.sql, clock: clockAt(world) }).examine({
    settled: true,
    graceMs: 0,
    skewMs: 0,
  });
  const sick = (findings ?? []).filter(({ broken }) => broken > 0);
  return sick.length === 0 ? [] : reportLines(sick);
}

function clockAt({ timeline }: CrashWorld): Clock {
  return clockOf(timeline, { name: 'doctor', dead: false, pausedUntilMs: 0 }, 0);
}

/** The world at the end of the story, still open. */
export type ToldWorld = Pick<CrashWorld, 'sql' | 'adminUrl' | 'close'> & {
  readonly tenant: string;
  readonly clock: Clock;
};

/** Tells the story without a crash. */
export async function openTold(): Promise<ToldWorld> {
  const world = await openWorld(() => undefined);
  await world.live(async () => {
    await tellStory(world, () => undefined);
    await world.comeToRest({ atTheEnd: true });
  });
  const [tenant] = await inSystem(world.sql, (tx) => tx<{ id: string }[]>`select id from tenants`);
  return {
    sql: world.sql,
    adminUrl: world.adminUrl,
    close: world.close,
    tenant: tenant?.id ?? '',
    clock: clockAt(world),
  };
}
