// Owns the payloads of commands that set usage right.
import { z } from 'zod';
import { isRawNumber } from '#actors/usage/raw-number.ts';
import { ID_CHARS_MAX, instant, text } from './fields.ts';

const NAME_CHARS_MAX = 300;
const EVENT_ID_CHARS_MAX = 255;

/** Names a stored event. */
const event = {
  /** Your id of the customer or ours. */
  customer: text(NAME_CHARS_MAX),
  id: text(EVENT_ID_CHARS_MAX),
  source: z.string().max(EVENT_ID_CHARS_MAX).default(''),
  /** The time it has now: finds it at once among the many of a large customer. */
  at: instant.optional(),
  reason: text(500),
};

/** A stored command reads numbers as doubles: what they cannot hold must be a text. */
function isExact(value: unknown): boolean {
  if (isRawNumber(value)) return false;
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}

const CUSTOMERS_MAX = 1_000;

/** Which stored usage is meant: what is absent means all. */
const stretch = {
  customers: z.array(text(NAME_CHARS_MAX)).min(1).max(CUSTOMERS_MAX).optional(),
  /** Times of events, the end not included. */
  from: instant,
  to: instant,
};

export const usageRecount = z
  .strictObject({
    /** Id or key; absent: all. */
    meter: text(NAME_CHARS_MAX).optional(),
    ...stretch,
    /** Makes what differs what the events say, and has bills set right. */
    repair: z.boolean().default(false),
    /** Goes on behind this customer: `next` of the answer before. */
    after: text(ID_CHARS_MAX).optional(),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' });

export const usageEventRetract = z.strictObject(event);

export const usageEventAmend = z.strictObject({
  ...event,
  /** Absent: it stays where it is. */
  time: instant.optional(),
  /** All of them, in place of those it has; absent: they stay. */
  properties: z
    .record(z.string(), z.unknown())
    .refine(isExact, 'numbers of more than 15 digits must be written as text')
    .optional(),
});

export const usageReprocess = z
  .strictObject({
    /** Id or key. */
    meter: text(NAME_CHARS_MAX),
    ...stretch,
    /** What is billed already is left as it is, or set right by late lines and credits. */
    billed: z.enum(['leave', 'correct']).default('leave'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' });

export const usageReprocessCancel = z.strictObject({ id: text(ID_CHARS_MAX) });
