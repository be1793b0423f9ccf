// Owns the values that facts of every source are made of, read into our own types.
import { z } from 'zod';
import type { BillingCycle } from '#actors/calendar/billing-cycle.ts';
import { type Period, period } from '#actors/calendar/period.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import type { Share } from '#actors/pricing/rating-context.ts';
import type { UsageModel } from '#actors/pricing/usage-model.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { parsePriceModel } from '#test/support/rate-model.ts';

export const dec = z.string().transform((text) => decimal(text));
/** A quantity as text or as a JSON integer. */
export const count = z.union([z.string(), z.int()]).transform((value) => decimal(value));
export const instant = z.string().transform((text) => Temporal.Instant.from(text));
export const currencyCode = z.string().transform((code) => currency(code.toUpperCase()));
/** A calendar date as the midnight that begins it in UTC. */
export const day = z.iso.date().transform((text) => Temporal.Instant.from(`${text}T00:00:00Z`));
export const instants = z.tuple([instant, instant]).transform(([start, end]) => period(start, end));
export const days = z.tuple([day, day]).transform(([start, end]) => period(start, end));

/** A model as our parser reads it; throws with every problem when it refuses. */
export function priceModel(json: unknown): UsageModel {
  const read = parsePriceModel(json);
  if ('type' in read) return read;
  throw new Error(`refused: ${JSON.stringify(read)}`);
}

/** As priceModel, for a price with terms. */
export function usagePrice(json: unknown): UsagePrice {
  const read = parseUsagePrice(json);
  if ('model' in read) return read;
  throw new Error(`refused: ${JSON.stringify(read)}`);
}

/** A period of so many days, and the first of them. */
export function firstDays(part: number, whole: number): Share {
  const start = Temporal.Instant.from('2024-01-01T00:00:00Z');
  const until = (count: number): Period => period(start, start.add({ hours: 24 * count }));
  return { part: until(part), whole: until(whole) };
}

type Cadence = Pick<BillingCycle, 'interval' | 'count'>;

/** The intervals of all sources in ours. */
export const CADENCES: Readonly<Record<string, Cadence>> = {
  day: { interval: 'day', count: 1 },
  week: { interval: 'week', count: 1 },
  weekly: { interval: 'week', count: 1 },
  WEEKLY: { interval: 'week', count: 1 },
  THIRTY_DAYS: { interval: 'day', count: 30 },
  month: { interval: 'month', count: 1 },
  monthly: { interval: 'month', count: 1 },
  MONTHLY: { interval: 'month', count: 1 },
  quarter: { interval: 'month', count: 3 },
  quarterly: { interval: 'month', count: 3 },
  QUARTERLY: { interval: 'month', count: 3 },
  half_year: { interval: 'month', count: 6 },
  semiannual: { interval: 'month', count: 6 },
  year: { interval: 'year', count: 1 },
  yearly: { interval: 'year', count: 1 },
  ANNUAL: { interval: 'year', count: 1 },
};

export const cadence = z.string().transform((name) => {
  const known = CADENCES[name];
  if (known === undefined) throw new Error(`unknown interval ${name}`);
  return known;
});
