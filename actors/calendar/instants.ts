// Owns comparing, reading and writing instants; nothing about calendars. A turn does each a hundred times and more, and the
// language's own way takes half a microsecond a time (measured): numbers compare in a tenth of it, known texts are kept.

/** Texts kept at a time: the boundaries that the customers of a busy hour share, not all that ever were. */
const TEXTS_MAX = 10_000;
const DAY_SECONDS = 86_400;

const instants = new Map<string, Temporal.Instant>();
const texts = new WeakMap<Temporal.Instant, string>();
const textsByTime = new Map<bigint, string>();

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstants(a: Temporal.Instant, b: Temporal.Instant): number {
  const left = a.epochNanoseconds;
  const right = b.epochNanoseconds;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether both are the same point in time. */
export function isSameInstant(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return a === b || a.epochNanoseconds === b.epochNanoseconds;
}

/** The later of two instants. */
export function laterOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return compareInstants(a, b) >= 0 ? a : b;
}

/** The earlier of two instants. */
export function earlierOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return compareInstants(a, b) <= 0 ? a : b;
}

/** Whether `at` has been reached at `now`; never when `at` is null. */
export function isDue(at: Temporal.Instant | null, now: Temporal.Instant): boolean {
  return at !== null && compareInstants(at, now) <= 0;
}

/** The instant of an ISO-8601 text. Throws RangeError on bad text. */
export function readInstant(text: string): Temporal.Instant {
  const known = instants.get(text);
  if (known !== undefined) return known;
  const instant = Temporal.Instant.from(text);
  if (instants.size >= TEXTS_MAX) instants.clear();
  instants.set(text, instant);
  return instant;
}

/** The shortest text of an instant, in UTC: `2023-11-01T00:00:00Z`. */
export function shortText(instant: Temporal.Instant): string {
  let text = texts.get(instant);
  if (text === undefined) texts.set(instant, (text = textAt(instant)));
  return text;
}

function textAt(instant: Temporal.Instant): string {
  const time = instant.epochNanoseconds;
  let text = textsByTime.get(time);
  if (text === undefined) {
    if (textsByTime.size >= TEXTS_MAX) textsByTime.clear();
    textsByTime.set(time, (text = instant.toString()));
  }
  return text;
}

/**
 * Keeps what is worked out of an instant and a key: the customers of a turn share their instants, and the language's own way
 * takes a microsecond and more. `work` must say the same of equal instants and keys for ever.
 */
export function keptByInstant<K extends string | number, V>(): (
  instant: Temporal.Instant,
  key: K,
  work: () => V,
) => V {
  const kept = new WeakMap<Temporal.Instant, Map<K, V>>();
  return (instant, key, work) => {
    let values = kept.get(instant);
    if (values === undefined) kept.set(instant, (values = new Map()));
    let value = values.get(key);
    if (value === undefined) values.set(key, (value = work()));
    return value;
  };
}

const later = keptByInstant<number, Temporal.Instant>();

/** The instant so many elapsed seconds later. */
export function secondsAfter(instant: Temporal.Instant, seconds: number): Temporal.Instant {
  return later(instant, seconds, () => instant.add({ seconds }));
}

/** The instant so many times 24 elapsed hours later. */
export function daysAfter(instant: Temporal.Instant, days: number): Temporal.Instant {
  return secondsAfter(instant, days * DAY_SECONDS);
}
