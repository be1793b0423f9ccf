// Owns what a ring is: which actor is told that it has work, and how that looks inside a job. Ids only, never state.
// Refuses to know what the work is: whoever answers a ring reads it from Postgres.
import { z } from 'zod';
import type { QueueName } from '#runtime/config-schema.ts';

/** At month start one job may carry this many customers of one tenant. */
export const KEYS_PER_RING_MAX = 50;
const ID_CHARS_MAX = 200;

export type Ring = {
  readonly queue: QueueName;
  /** '*' for work that no tenant owns alone. */
  readonly tenant: string;
  readonly key: string;
  /** All keys of a batch, `key` first among them; absent for a single one. */
  readonly keys?: readonly string[];
  /** W3C traceparent of whoever rings; absent: that of the code that rings. */
  readonly trace?: string | undefined;
  /** Name of a sweep's window. A ring is merged only with rings of its own window, so a stuck key cannot silence it. */
  readonly window?: string;
  /** Which try after a fault this announces, from 1, and how long it waits. Waiting tries never merge with other rings. */
  readonly retry?: { readonly number: number; readonly delayMs: number };
};

/** What a processor is told. */
export type RungJob = {
  readonly tenant: string;
  readonly key: string;
  readonly keys?: readonly string[];
  /** Tries made before this one. */
  readonly retries: number;
};

const id = z.string().min(1).max(ID_CHARS_MAX);
const payloadSchema = z.strictObject({
  tenant: id,
  key: id,
  keys: z.array(id).min(1).max(KEYS_PER_RING_MAX).optional(),
  trace: id.optional(),
  retries: z.int().min(0).optional(),
});
export type Payload = z.infer<typeof payloadSchema>;

/** The data of the job that carries a ring. */
export function ringPayload({ tenant, key, keys, trace, retry }: Ring): Payload {
  return {
    tenant,
    key,
    ...(keys === undefined ? {} : { keys: [...keys] }),
    ...(trace === undefined ? {} : { trace }),
    ...(retry === undefined ? {} : { retries: retry.number }),
  };
}

/** Reads a job's data; throws on anything a ring would not have written. */
export function decodePayload(data: unknown): { job: RungJob; trace: string | undefined } {
  const { trace, keys, retries = 0, ...rest } = payloadSchema.parse(data);
  return { job: { ...rest, ...(keys === undefined ? {} : { keys }), retries }, trace };
}

/** Rings with the same mark are one ring while they wait. Unique within a queue only. */
export function ringMark({ tenant, key, keys, window, retry }: Ring): string {
  // Batches of one window are cut from a sorted list, so first, last and length tell them apart.
  const who = keys === undefined ? `${tenant}.${key}` : `${tenant}.${key}-${keys.at(-1)}.${keys.length}`;
  if (retry !== undefined) return `${who}.r${retry.number}`;
  return window === undefined ? who : `${who}.${window}`;
}
