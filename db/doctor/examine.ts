// Owns asking one invariant: a single statement where SQL tells it all, pages of rows where they are computed again.
import type { Tx } from '#db/scope.ts';
import type { ComputedInvariant, Example, Finding, Invariant, Question, SqlInvariant } from './invariant.ts';

const EXAMPLES_MAX = 20;
const PAGE_ROWS = 1_000;

/** Looks at everything the transaction sees. */
export function examine(tx: Tx, invariant: Invariant, ask: Question): Promise<Finding> {
  return 'broken' in invariant ? tellBySql(tx, invariant, ask) : compute(tx, invariant);
}

async function tellBySql(tx: Tx, invariant: SqlInvariant, ask: Question): Promise<Finding> {
  const { id, title } = invariant;
  const [row] = await tx<Omit<Finding, 'id' | 'title'>[]>`
    with broken as materialized (${invariant.broken(tx, ask)})
    select (${invariant.looked(tx, ask)})::float8 as looked, (select count(*) from broken)::float8 as broken,
      (select coalesce(json_agg(json_build_object('subject', subject, 'problem', problem)), '[]') from (
        select subject::text, problem::text from broken order by 1, 2 limit ${EXAMPLES_MAX}) b) as examples`;
  if (row === undefined) throw new Error(`${id} was not answered`);
  return { id, title, ...row };
}

async function compute(tx: Tx, { id, title, page, problemOf }: ComputedInvariant): Promise<Finding> {
  const examples: Example[] = [];
  let looked = 0;
  let broken = 0;
  let after = '';
  for (let full = true; full; ) {
    const rows = await page(tx, after, PAGE_ROWS);
    for (const row of rows) {
      const problem = problemOf(row);
      if (problem === undefined) continue;
      broken += 1;
      if (examples.length < EXAMPLES_MAX) examples.push({ subject: row.key, problem });
    }
    looked += rows.length;
    after = rows.at(-1)?.key ?? after;
    full = rows.length === PAGE_ROWS;
  }
  return { id, title, looked, broken, examples };
}
