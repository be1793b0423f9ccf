// Owns telling which rows of usage a price takes, as SQL that the planner sees through: a function of ours that says the same
// (takes_usage, which the doctor holds against this) takes fifty times as long for each row.
import type { UsageSelection, Where } from '#actors/pricing/usage-filter.ts';
import type { Sql, Tx } from './scope.ts';

/** Whether the row `r` has one of the values in its dimension; null stands for usage without it. */
export function hasValue(sql: Sql | Tx, dimension: string, values: readonly (string | null)[]) {
  const texts = values.filter((value) => value !== null);
  const absent = texts.length < values.length;
  // Nothing is any of an empty list, not even unknown.
  if (texts.length === 0) return sql`(${absent} and r.dimensions ->> ${dimension}::text is null)`;
  return sql`coalesce(r.dimensions ->> ${dimension}::text = any(${texts}::text[]), ${absent})`;
}

/** A condition on the row `r`: it meets the price's own filter, and that of no price before it. */
export function takenBy(sql: Sql | Tx, { where, after }: UsageSelection) {
  return after.reduce(
    (before, earlier) => sql`${before} and not (${meets(sql, earlier)})`,
    sql`(${meets(sql, where)})`,
  );
}

function meets(sql: Sql | Tx, where: Where) {
  return Object.entries(where).reduce(
    (before, [dimension, values]) => sql`${before} and ${hasValue(sql, dimension, values)}`,
    sql`true`,
  );
}
