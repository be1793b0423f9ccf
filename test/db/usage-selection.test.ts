// Prices that share a meter part its usage: whatever their filters are, the database gives each set of dimensions to the first
// price in order whose filter it meets, and to no other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Sharing, selectionOf } from '#actors/pricing/usage-filter.ts';
import { takenBy } from '#db/usage-selected.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const VALUES = ['a', 'b', '', 'null'] as const;
const DIMENSIONS = ['x', 'y', "it's"] as const;

const filter = fc.record({
  where: fc.dictionary(
    fc.constantFrom(...DIMENSIONS),
    fc.uniqueArray(fc.constantFrom(...VALUES, null), { minLength: 1 }),
    { minKeys: 1, maxKeys: 3, noNullPrototype: true },
  ),
  priority: fc.integer({ min: -1, max: 1 }),
});
const prices = fc
  .array(fc.option(filter, { nil: undefined, freq: 5 }), { minLength: 1, maxLength: 5 })
  .map((filters): Sharing[] => filters.map((one, at) => ({ key: `p${at}`, filter: one })));
const dimensions = fc.option(
  fc.dictionary(fc.constantFrom(...DIMENSIONS), fc.constantFrom(...VALUES), { noNullPrototype: true }),
);

/** The first price by the rule in words: priority, names, key; those without a filter last. */
function expected(list: readonly Sharing[], values: Readonly<Record<string, string>>): string | undefined {
  const rank = ({ filter: own, key }: Sharing): string =>
    own === undefined ? `9${key}` : `${1 - own.priority}${9 - Object.keys(own.where).length}${key}`;
  const meets = ({ filter: own }: Sharing): boolean =>
    Object.entries(own?.where ?? {}).every(([name, allowed]) =>
      allowed.includes(Object.hasOwn(values, name) ? (values[name] ?? null) : null),
    );
  return list.filter(meets).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0]?.key;
}

test('each event has the first price whose filter it meets, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(prices, fc.array(dimensions, { minLength: 1, maxLength: 8 }), async (list, sets) => {
      const selections = list.map((own) =>
        selectionOf(
          own,
          list.filter((other) => other !== own),
        ),
      );
      const texts = (values: readonly unknown[]) =>
        values.map((value) => (value === undefined || value === null ? null : JSON.stringify(value)));
      const rows = await database.sql<{ event: number; price: number }[]>`
        select d.n::integer as event, s.n::integer as price
        from unnest(${texts(sets)}::text[]::jsonb[]) with ordinality as d (dimensions, n),
          unnest(${texts(selections)}::text[]::jsonb[]) with ordinality as s (selection, n)
        where takes_usage(s.selection, d.dimensions) order by 1, 2`;
      const taken = sets.map((_, at) =>
        rows.filter(({ event }) => event === at + 1).map((row) => list[row.price - 1]?.key),
      );
      // What billing reads with is another text of the same rule.
      const read = await Promise.all(
        selections.map(async (selection, at) => {
          const one = { where: {}, after: [], ...selection };
          const found = await database.sql<{ event: number }[]>`
            select r.n::integer as event from unnest(${texts(sets)}::text[]::jsonb[]) with ordinality as r (dimensions, n)
            where ${takenBy(database.sql, one)} order by 1`;
          return found.map(({ event }) => [event, at + 1]);
        }),
      );
      assert.deepEqual(
        read.flat().sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d),
        rows.map(({ event, price }) => [event, price]),
      );
      assert.deepEqual(
        taken,
        sets.map((values) => {
          const first = expected(list, values ?? {});
          return first === undefined ? [] : [first];
        }),
      );
    }),
    { numRuns: 100 },
  );
});
