// Owns the form of what is asked of a price preview and of its answer, the same over HTTP and in process.
import { z } from 'zod';
import type { PriceRating } from '#actors/pricing/rate-price.ts';
import { currencyCode, instant, key, text, zoneName } from '#runtime/commands/fields.ts';
import { name } from '#runtime/usage/fields.ts';

export const pricePreview = z.strictObject({
  /** A price as in a plan, with the key or id of its `meter` where usage of a customer is read. Or: */
  price: z.object({ meter: name.optional() }).catchall(z.json()).optional(),
  /** Key or id of a plan: the prices that the customer's subscription to it has at `from`, else its newest version's. */
  plan: text(300).optional(),
  /** Needed for a price; absent for a plan: the plan's. */
  currency: currencyCode.optional(),
  /** Of a price: decimal text, or the parts of it (actors/pricing/given-usage.ts). */
  quantity: z.json().optional(),
  /** Of a plan, by price key, each as `quantity`. */
  quantities: z.record(key, z.json()).optional(),
  /** Whose usage stands for the quantities of metered prices that are not given. */
  customer: name.optional(),
  /** Absent: what belongs to no subscription; the id of one: its own (ruling R14). */
  scope: name.optional(),
  from: instant.optional(),
  /** Not included. */
  to: instant.optional(),
  /** When price units are converted; absent: `to`, or `from` for what is paid in advance. */
  at: instant.optional(),
  /** IANA; whose calendar cuts windows. Absent: the customer's, else UTC. */
  zone: zoneName.optional(),
  /** What surrounds the rating of a price: share, before, isTermEnd, termShare, isFinal. */
  context: z.record(z.string(), z.json()).optional(),
});

export type PricePreviewRequest = z.input<typeof pricePreview>;
export type AskedPreview = z.output<typeof pricePreview>;

/** A price and what its quantity costs; nulls where a price was given that is in no plan. */
export type PreviewedPrice = PriceRating & {
  readonly priceId: string | null;
  readonly key: string | null;
  readonly name: string | null;
  readonly meterId: string | null;
  /** Null where the quantity was given. */
  readonly eventCount: string | null;
};

export type PricePreview = {
  readonly currency: string;
  /** Minor units. */
  readonly total: string;
  /** Of the customer, whose prices these are; null: the plan's newest version, or a price alone. */
  readonly subscriptionId: string | null;
  /** Whose usage was read, and of which time; null where all was given. */
  readonly usage: { readonly customerId: string; readonly from: string; readonly to: string } | null;
  readonly prices: readonly PreviewedPrice[];
};
