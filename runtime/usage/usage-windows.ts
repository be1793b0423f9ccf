// Owns cutting a question about usage into windows of a zone's calendar, few enough for one answer.
import { compareInstants } from '#actors/calendar/instants.ts';
import type { Period } from '#actors/calendar/period.ts';
import { type WindowUnit, windowsOver, windowsWithin } from '#actors/calendar/window.ts';
import { parseZone } from '#actors/calendar/zone.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

type Asked = {
  readonly from: string;
  readonly to: string;
  readonly window?: WindowUnit | undefined;
  readonly zone: string;
};

/** Buckets of one answer: a year of a bucket a minute is refused, a month of it is not. */
const BUCKETS_MAX = 50_000;

/** The windows that overlap what is asked for, cut to it; all of it as one where no window is named. */
export function usageWindows({ from, to, window, zone }: Asked, max: number): Period[] | Rejection {
  const whole = { start: Temporal.Instant.from(from), end: Temporal.Instant.from(to) };
  if (compareInstants(whole.start, whole.end) >= 0) {
    return reject('invalid_request', 'must be after from', '/to');
  }
  if (parseZone(zone) === undefined) return reject('unknown_zone', `there is no time zone ${zone}`, '/zone');
  if (window === undefined) return [whole];
  const windows = windowsWithin(whole, { unit: window, zone }, max + 1);
  if (windows.length <= max) return windows;
  const message = `there are more than ${max} windows of a ${window} from ${from} to ${to}`;
  return reject('too_many_windows', message, '/window');
}

/** Whether the buckets in which a meter aggregates are few enough to be summed for one answer. */
export function refuseBuckets(
  windows: readonly Period[],
  bucket: { readonly unit: WindowUnit; readonly zone: string } | undefined,
): Rejection | undefined {
  const [first, last] = [windows[0], windows.at(-1)];
  if (bucket === undefined || first === undefined || last === undefined) return undefined;
  const buckets = windowsOver({ start: first.start, end: last.end }, bucket, BUCKETS_MAX + 1);
  if (buckets.length <= BUCKETS_MAX) return undefined;
  const message = `more than ${BUCKETS_MAX} buckets of the meter lie in what is asked for: ask for less time`;
  return reject('too_many_windows', message, '/to');
}
