// Owns the form of an invariant: a sentence that holds in every committed state, and the SQL that looks for what breaks it.
// Refuses to know who asks and how the answer is shown.
import type { PendingQuery, Row } from 'postgres';
import type { Tx } from '#db/scope.ts';

export type Question = {
  /** System time, RFC 3339. */
  readonly now: string;
  /** System time: what has been due since before it is late. */
  readonly lateBefore: string;
  /** Milliseconds by which the clocks of two processes may differ. */
  readonly skewMs: number;
};

type Fragment = PendingQuery<Row[]>;

type Named = {
  /** Number of the catalogue and a name: `I2.rollups`. */
  readonly id: string;
  readonly title: string;
  /** `rest`: holds only when nothing is under way and nothing is wrong outside. */
  readonly holds?: 'rest';
  /** `system`: reads rows that no tenant sees. */
  readonly scope?: 'system';
};

/** Told by SQL alone. */
export type SqlInvariant = Named & {
  /** `select count(*)` of what is looked at. */
  readonly looked: (tx: Tx, ask: Question) => Fragment;
  /** Rows (subject, problem): a row for each thing that breaks it. */
  readonly broken: (tx: Tx, ask: Question) => Fragment;
};

/** Told by computing again: each row has a text `key`, unique and ascending, by which the next page is asked. */
export type ComputedInvariant = Named & {
  readonly page: (tx: Tx, after: string, max: number) => PromiseLike<readonly (Row & { key: string })[]>;
  /** What is wrong with a row; undefined when it is as it must be. */
  readonly problemOf: (row: Row) => string | undefined;
};

export type Invariant = SqlInvariant | ComputedInvariant;

export type Example = { readonly subject: string; readonly problem: string };

export type Finding = Pick<Named, 'id' | 'title'> & {
  readonly looked: number;
  readonly broken: number;
  /** The first of them. */
  readonly examples: readonly Example[];
};
