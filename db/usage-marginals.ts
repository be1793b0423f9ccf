// Owns splitting read usage by window, customer and dimensions, in several ways at once, so that they are of one snapshot.

import type { Sql, Tx } from './scope.ts';
import type { Grouping, UsageReading } from './usage-reading.ts';

/** Columns `w`, `customer` and `split` of a row at instant `at` of a customer with dimensions. */
export function placeOf(sql: Sql | Tx, { windows, byCustomer, dimensions }: UsageReading) {
  const starts = windows.map(({ start }) => String(start));
  const [first, ...more] = dimensions;
  const split =
    first === undefined
      ? sql`'[]'::jsonb`
      : sql`jsonb_build_array(${more.reduce(
          (before, name) => sql`${before}, dimensions ->> ${name}::text`,
          sql`dimensions ->> ${first}::text`,
        )})`;
  return sql`width_bucket(at, ${starts}::timestamptz[]) - 1 as w,
    ${byCustomer ? sql`customer_id` : sql`null::text`} as customer, ${split} as split`;
}

/** `each` names a column that every grouping keeps. */
export function groupingSets(sql: Sql | Tx, { by }: UsageReading, each?: 'b') {
  const kept = each === undefined ? sql`` : sql`b,`;
  const alone = each === undefined ? sql`()` : sql`(b)`;
  const setOf = {
    whole: alone,
    window: sql`(${kept} w)`,
    group: sql`(${kept} customer, split)`,
    window_and_group: sql`(${kept} w, customer, split)`,
  } satisfies Record<Grouping, unknown>;
  const [first, ...more] = [...new Set(by)];
  if (first === undefined) throw new RangeError('usage is read in at least one way');
  return more.reduce((before, one) => sql`${before}, ${setOf[one]}`, setOf[first]);
}

/** Which grouping a row is of, `by`, and its place; null and the empty array where it is of all. */
export function groupColumns(sql: Sql | Tx, { by }: UsageReading) {
  const windowed = by.some((one) => one === 'window' || one === 'window_and_group');
  const grouped = by.some((one) => one === 'group' || one === 'window_and_group');
  const inWindow = windowed ? sql`grouping(w) = 0` : sql`false`;
  const inGroup = grouped ? sql`grouping(split) = 0` : sql`false`;
  return sql`case when ${inWindow} and ${inGroup} then 'window_and_group' when ${inWindow} then 'window'
      when ${inGroup} then 'group' else 'whole' end as by,
    ${windowed ? sql`w` : sql`null::integer`} as w, ${grouped ? sql`customer` : sql`null::text`} as customer,
    ${grouped ? sql`coalesce(split, '[]')` : sql`'[]'::jsonb`} as split`;
}
