// Owns the two ways a read is answered: one thing or 404, a page or 404. Refuses to know what is read.
import type { Tx } from '#db/scope.ts';
import { readTenant, type Slice } from '#db/views/read-tenant.ts';
import type { HttpDeps } from './deps.ts';
import { type Answer, type Call, success } from './operation.ts';
import { type Page, readCursor, toPage } from './pagination.ts';
import { refuse } from './problem.ts';

type ReadDeps = Pick<HttpDeps, 'sql'>;

export const notFound = (what: string) => refuse('not_found', `There is no such ${what}.`);

/** What `find` finds in the caller's tenant, or 404. */
export async function readOne<T>(
  { sql }: ReadDeps,
  call: Call,
  { what, find }: { readonly what: string; readonly find: (tx: Tx) => Promise<T | undefined> },
): Promise<Answer<T>> {
  const found = await readTenant(sql, call.tenant, find);
  return found === undefined ? notFound(what) : success(200, found);
}

export type PageRequest<T> = {
  /** Names the list inside its cursors. */
  readonly list: string;
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
  /** What the list belongs to. */
  readonly of?: string;
  /** Undefined: what the list belongs to does not exist. */
  readonly read: (tx: Tx, slice: Slice) => Promise<readonly T[] | undefined>;
  readonly keyOf: (row: T) => string;
};

/** One page of the caller's tenant. */
export async function readPage<T>(
  { sql }: ReadDeps,
  call: Call,
  { list, query, read, keyOf, of = 'customer' }: PageRequest<T>,
): Promise<Answer<Page<T>>> {
  const cursor = readCursor(list, query.cursor);
  if (!cursor.ok) return cursor;
  const slice = { limit: query.limit, after: cursor.after };
  const rows = await readTenant(sql, call.tenant, (tx) => read(tx, slice));
  return rows === undefined ? notFound(of) : success(200, toPage(rows, { list, limit: query.limit, keyOf }));
}

export const idOf = (row: { readonly id: string }): string => row.id;
