// Owns the simulated present: a queue of (time, seeded tie-break) and the loop that empties it. Nothing really waits.
// Refuses to know what happens at a time; what belongs to a dead process never happens.
import type { Dice } from './dice.ts';

/** Whoever events belong to: a dead owner's never happen, a paused owner's happen when it goes on. */
export type Owner = { readonly name: string; dead: boolean; pausedUntilMs: number };

export type Timeline = {
  /** Milliseconds since 1970, simulated. */
  nowMs(): number;
  /** Milliseconds that really passed, without the jumps. */
  livedMs(): number;
  /** Calls `act` after `ms`; the answer takes it back. Events of one instant come in an order the seed decides. */
  after(ms: number, act: () => void, owner?: Owner): () => void;
  /** The world stood still for everybody: what was due meanwhile is late. */
  jump(ms: number): void;
  /** Runs events until `done`, or until nothing is left to happen, or `forMs` have passed, jumps not counted. */
  run(until: { readonly done: () => boolean; readonly forMs: number }): Promise<'done' | 'idle' | 'late'>;
  /** Whoever acts without an event of its own says so, so that the loop waits for what follows. */
  stir(): void;
  events(): number;
};

type Event = {
  atMs: number;
  tie: number;
  number: number;
  act: (() => void) | undefined;
  owner: Owner | undefined;
};

/** Rounds of setImmediate without a new event after which everything that could follow has followed. */
const QUIET_ROUNDS = 3;

export function createTimeline({ startMs, dice }: { startMs: number; dice: Dice }): Timeline {
  const heap: Event[] = [];
  let nowMs = startMs;
  let jumpedMs = 0;
  let stirred = 0;
  let numbered = 0;
  let happened = 0;

  const settle = async (): Promise<void> => {
    let quiet = 0;
    while (quiet < QUIET_ROUNDS) {
      const before = stirred;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = stirred === before ? quiet + 1 : 0;
    }
  };

  const next = (): Event | undefined => {
    for (;;) {
      const event = pop(heap);
      if (event === undefined || event.act === undefined) {
        if (event === undefined) return undefined;
        continue;
      }
      const { owner } = event;
      if (owner?.dead) continue;
      if (owner !== undefined && owner.pausedUntilMs > Math.max(nowMs, event.atMs)) {
        event.atMs = owner.pausedUntilMs;
        push(heap, event);
        continue;
      }
      return event;
    }
  };

  return {
    nowMs: () => nowMs,
    events: () => happened,
    stir: () => {
      stirred += 1;
    },
    after: (ms, act, owner) => {
      stirred += 1;
      numbered += 1;
      const event: Event = {
        atMs: nowMs + Math.max(0, ms),
        tie: dice.number(),
        number: numbered,
        act,
        owner,
      };
      push(heap, event);
      return () => {
        event.act = undefined;
      };
    },
    livedMs: () => nowMs - startMs - jumpedMs,
    jump: (ms) => {
      nowMs += ms;
      jumpedMs += ms;
    },
    run: async ({ done, forMs }) => {
      const endMs = nowMs - jumpedMs + forMs;
      await settle();
      for (;;) {
        if (done()) return 'done';
        const event = next();
        if (event === undefined) return 'idle';
        if (event.atMs - jumpedMs > endMs) {
          push(heap, event);
          nowMs = Math.max(nowMs, endMs + jumpedMs);
          return 'late';
        }
        nowMs = Math.max(nowMs, event.atMs);
        happened += 1;
        event.act?.();
        event.act = undefined;
        await settle();
      }
    },
  };
}

function isBefore(a: Event, b: Event): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  return a.tie === b.tie ? a.number < b.number : a.tie < b.tie;
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const useRight = right !== undefined && left !== undefined && isBefore(right, left);
    const child = useRight ? right : left;
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = useRight ? 2 * at + 2 : 2 * at + 1;
  }
  heap[at] = last;
  return top;
}
