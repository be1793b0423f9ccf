// Owns the two kinds of present and their one text form. Refuses to know what time it is.
// BusinessTime is the customer's (or test clock's) time, WallTime the machine's; the compiler keeps them apart.

import { shortText } from './instants.ts';

declare const kind: unique symbol;

/** The machine's time: leases, retries to endpoints, signatures, key retention. */
export type WallTime = Temporal.Instant & { readonly [kind]: 'wall' };

/** The customer's time: periods, cutoffs, trials, dunning, due dates, received_at. */
export type BusinessTime = Temporal.Instant & { readonly [kind]: 'business' };

/** Reads an ISO-8601 text or takes an instant, cut (not rounded) to microseconds. Throws RangeError on bad text. */
export function wallTime(value: string | Temporal.Instant): WallTime {
  return toMicroseconds(value) as WallTime;
}

/** As {@link wallTime}, for the customer's time. */
export function businessTime(value: string | Temporal.Instant): BusinessTime {
  return toMicroseconds(value) as BusinessTime;
}

/** `2023-11-01T00:00:00.000000Z`: UTC with six decimals, always the same length, so text order is time order. */
export function instantText(instant: Temporal.Instant): string {
  const text = shortText(instant);
  const dot = text.indexOf('.');
  if (dot < 0) return `${text.slice(0, -1)}.000000Z`;
  return `${text.slice(0, dot)}.${text
    .slice(dot + 1, -1)
    .padEnd(6, '0')
    .slice(0, 6)}Z`;
}

function toMicroseconds(value: string | Temporal.Instant): Temporal.Instant {
  const instant = typeof value === 'string' ? Temporal.Instant.from(value) : value;
  if (instant.epochNanoseconds % 1000n === 0n) return instant;
  return instant.round({ smallestUnit: 'microsecond', roundingMode: 'floor' });
}
