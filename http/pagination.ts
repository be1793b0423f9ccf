// Owns pages: a keyset cursor is opaque, belongs to one list, and stays true while rows come and go.
import { z } from 'zod';
import { type Refusal, refuseFields } from './problem.ts';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;
const KEY_FORM = /^[a-z0-9_]{1,60}$/;

/** Query members of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(LIMIT_MAX))
    .default(LIMIT_DEFAULT)
    .meta({ description: `Rows of a page, 1 to ${LIMIT_MAX}.`, example: '20' }),
  cursor: z.string().max(200).optional().meta({ description: 'nextCursor of the page before.' }),
};

export type Page<T> = { readonly data: readonly T[]; readonly nextCursor: string | null };

/** The key after which a page starts; undefined for the first page. Refuses what this list did not hand out. */
export function readCursor(
  list: string,
  cursor: string | undefined,
): { ok: true; after: string | undefined } | Refusal {
  if (cursor === undefined) return { ok: true, after: undefined };
  const [name, key, ...rest] = Buffer.from(cursor, 'base64url').toString('latin1').split(':');
  if (name === list && key !== undefined && KEY_FORM.test(key) && rest.length === 0) {
    return { ok: true, after: key };
  }
  const message = 'use nextCursor of this list as it was given';
  return refuseFields('cursor_invalid', 'The cursor does not belong to this list.', [
    { parameter: 'cursor', code: 'cursor_invalid', message },
  ]);
}

/** Cuts rows that were read one beyond the limit into a page. */
export function toPage<T>(
  rows: readonly T[],
  {
    list,
    limit,
    keyOf,
  }: { readonly list: string; readonly limit: number; readonly keyOf: (row: T) => string },
): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? Buffer.from(`${list}:${keyOf(last)}`).toString('base64url') : null };
}

/** The schema of a page of `row`. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({
    data: z.array(row),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Give it as cursor for the next page; null on the last.' }),
  });
}
