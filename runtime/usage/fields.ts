// Owns the form of what is asked about usage: names, instants, zones, lists and filters, the same over HTTP and in process.
import { z } from 'zod';
import { WINDOW_UNITS } from '#actors/calendar/window.ts';
import { instant, storableText, text, zoneName } from '#runtime/commands/fields.ts';

/** Customers that can be named at once; all is one word. */
const CUSTOMERS_MAX = 100;
const DIMENSIONS_MAX = 10;
const VALUES_MAX = 100;

/** Longer than an id or a key, for `ext:` before a name of the seller's. */
export const name = text(300);

export const dimensionNames = z.array(text(200)).max(DIMENSIONS_MAX);

/** Dimension → values that count; null stands for usage without the dimension. */
export const dimensionFilter = z
  .record(text(200), z.array(storableText(8_192).nullable()).min(1).max(VALUES_MAX))
  .refine((filter) => Object.keys(filter).length <= DIMENSIONS_MAX, `at most ${DIMENSIONS_MAX} dimensions`);

export const usageSpan = {
  /** Included. */
  from: instant,
  /** Not included. */
  to: instant,
};

/** What narrows usage down, wherever it is asked for. */
export const usageNarrowing = {
  /** Absent: all customers. */
  customers: z.array(name).min(1).max(CUSTOMERS_MAX).optional(),
  /** `customer`: what belongs to no subscription; the id of a subscription: its own (ruling R14); absent: both. */
  scope: name.optional(),
  filter: dimensionFilter.default({}),
};

export const calendarWindow = {
  window: z.enum(WINDOW_UNITS).optional(),
  /** IANA; absent: UTC. */
  zone: zoneName.default('UTC'),
};
