// Owns what a level that lasts is worth: at the end of each window, or weighted by the time it was held. Exact, with one
// division at the end. Refuses to know where events are kept.
import { nanosecondsOf, type Period } from '#actors/calendar/period.ts';
import { type Dec, decimal, printDecimal, ZERO } from '#actors/money/decimal.ts';
import { type Aggregation, quotient } from './aggregation.ts';
import { isTimeWeighted, type MeterSettings, type TimeUnit } from './meter-settings.ts';

type Place = {
  readonly by: 'whole' | 'window' | 'group' | 'window_and_group';
  readonly window: number | null;
  readonly customerId: string | null;
  readonly values: readonly (string | null)[];
};

/** How a level moved in a window, or over all of them. */
export type LevelMoves = Place & {
  /** Sum of the changes, what was carried over included in the first window. */
  readonly change: string;
  /** Sum of each change times the seconds from it to the end of the last window, and to the end of its own. */
  readonly untilEnd: string;
  readonly untilWindowEnd: string;
  readonly eventCount: string;
  readonly amount: string | null;
  readonly events: readonly string[] | null;
};

export type LevelQuantity = Omit<LevelMoves, 'change' | 'untilEnd' | 'untilWindowEnd'> & {
  readonly quantity: string;
};

type Of = {
  readonly meter: { readonly aggregation: Aggregation; readonly settings: MeterSettings };
  readonly windows: readonly Period[];
};

const SECONDS: Readonly<Record<TimeUnit, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const NANOSECONDS = decimal(1_000_000_000);

/** A level lasts: every group is in every window, with or without events of its own. */
export function levelQuantities(of: Of, moves: readonly LevelMoves[]): LevelQuantity[] {
  const whole = moves.filter((move) => move.window === null);
  const groups = Map.groupBy(
    moves.filter((move) => move.window !== null),
    ({ customerId, values }) => JSON.stringify([customerId, ...values]),
  );
  return [
    ...whole.map((move) => {
      const held = {
        level: decimal(move.change),
        area: decimal(move.untilEnd),
        seconds: secondsOf(of.windows),
      };
      return place(move, null, quantityOf(of, held));
    }),
    ...groups.values().flatMap((group) => overWindows(of, group)),
  ];
}

function overWindows(of: Of, moves: readonly LevelMoves[]): LevelQuantity[] {
  const [some] = moves;
  if (some === undefined) return [];
  const byWindow = new Map(moves.map((move) => [move.window, move]));
  let level = ZERO;
  return of.windows.map((window, position) => {
    const move = byWindow.get(position);
    const seconds = secondsOf([window]);
    const area = level.times(seconds).plus(move?.untilWindowEnd ?? 0);
    level = level.plus(move?.change ?? 0);
    const still = { ...some, eventCount: '0', amount: null };
    return place(move ?? still, position, quantityOf(of, { level, area, seconds }));
  });
}

function place(move: LevelMoves, window: number | null, quantity: Dec): LevelQuantity {
  const { by, customerId, values, eventCount, amount, events } = move;
  const of = { by, window, customerId, values, eventCount, amount, events };
  return { ...of, quantity: printDecimal(quantity) };
}

type Held = { readonly level: Dec; readonly area: Dec; readonly seconds: Dec };

function quantityOf({ meter: { aggregation, settings } }: Of, { level, area, seconds }: Held): Dec {
  if (!isTimeWeighted(aggregation)) return level;
  if (aggregation === 'time_weighted_sum')
    return quotient(area, decimal(SECONDS[settings.timeUnit ?? 'hour']));
  return seconds.isZero() ? ZERO : quotient(area, seconds);
}

function secondsOf(windows: readonly Period[]): Dec {
  const length = windows.reduce((sum, window) => sum + nanosecondsOf(window), 0n);
  return decimal(length).div(NANOSECONDS);
}
