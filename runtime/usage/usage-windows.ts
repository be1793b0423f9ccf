// Owns cutting a question about usage into windows of a zone's calendar, and windows into the buckets of its meter.
import { compareInstants, laterOf } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';
import { type WindowUnit, windowsOver } from '#actors/calendar/window.ts';
import { parseZone } from '#actors/calendar/zone.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { UsageCell } from '#db/views/usage-query.ts';

type Asked = {
  readonly from: string;
  readonly to: string;
  readonly window?: WindowUnit | undefined;
  readonly zone: string;
};

/** Buckets of one answer: a year of a bucket a minute is refused, a month of it is not. */
const CELLS_MAX = 50_000;

/** The windows that overlap what is asked for, cut to it; all of it as one where no window is named. */
export function usageWindows({ from, to, window, zone }: Asked, max: number): Period[] | Rejection {
  const whole = { start: Temporal.Instant.from(from), end: Temporal.Instant.from(to) };
  if (compareInstants(whole.start, whole.end) >= 0) {
    return reject('invalid_request', 'must be after from', '/to');
  }
  if (parseZone(zone) === undefined) return reject('unknown_zone', `there is no time zone ${zone}`, '/zone');
  if (window === undefined) return [whole];
  const windows = cutInto(whole, { unit: window, zone }, max + 1);
  if (windows.length <= max) return windows;
  const message = `there are more than ${max} windows of a ${window} from ${from} to ${to}`;
  return reject('too_many_windows', message, '/window');
}

/** The cells in which a meter aggregates: its buckets, each cut to its window, or the windows themselves. */
export function cellsOf(
  windows: readonly Period[],
  bucket: { readonly unit: WindowUnit; readonly zone: string } | undefined,
): UsageCell[] | Rejection {
  if (bucket === undefined) return windows.map((window, at) => ({ ...window, window: at }));
  const cells: UsageCell[] = [];
  for (const [at, window] of windows.entries()) {
    const left = CELLS_MAX + 1 - cells.length;
    for (const cell of cutInto(window, bucket, left)) cells.push({ ...cell, window: at });
    if (cells.length > CELLS_MAX) {
      const message = `more than ${CELLS_MAX} buckets of the meter lie in what is asked for: ask for less time`;
      return reject('too_many_windows', message, '/to');
    }
  }
  return cells;
}

function cutInto(
  whole: Period,
  calendar: { readonly unit: WindowUnit; readonly zone: string },
  max: number,
): Period[] {
  return windowsOver(whole, calendar, max).map(({ start, end }) => ({
    start: laterOf(start, whole.start),
    end: compareInstants(end, whole.end) > 0 ? whole.end : end,
  }));
}
