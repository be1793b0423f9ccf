// The rows of a save: the composite types of the database have the attributes that the text is written in, and any text
// arrives as it was.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Entry, rowsText, SAVED_TYPES, type SavedType } from '#db/save/saved-types.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const bare = (row: object): Entry => ({ row, beside: {} });
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

test('every type has the attributes that are written, in their order', async () => {
  const rows = await database.sql<{ type: string; names: string[] }[]>`
    select t.typname as type, array_agg(a.attname::text order by a.attnum) as names
    from pg_type t join pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    where t.typname like 'saved\\_%' and t.typtype = 'c' group by 1`;
  const stored = Object.fromEntries(rows.map(({ type, names }) => [type.slice('saved_'.length), names]));
  const written = Object.fromEntries(
    (Object.keys(SAVED_TYPES) as SavedType[]).map((type) => [type, SAVED_TYPES[type].map(snake)]),
  );
  assert.deepEqual(stored, written);
});

test('texts, JSON, instants, numbers and nothing arrive as they were', async () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed());
  const special = fc.string({
    unit: fc.constantFrom('"', '\\', '(', ')', ',', '{', '}', ' ', "'", '\n', 'a'),
  });
  const any = fc.oneof(text, special, fc.constant(''), fc.constant('NULL'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: any, b: fc.option(any), c: any }), { minLength: 1 }),
      async (values) => {
        const at = Temporal.Instant.from('2023-11-01T00:00:00.000001Z');
        const stored = values.map(({ a, b, c }, n) => ({
          id: a,
          parentPriceId: b,
          price: { [a]: c },
          customerId: String(n),
        }));
        const rows = await database.sql`
        select id, customer_id, parent_price_id, price from unnest(${rowsText('agreed_price', stored.map(bare))}::saved_agreed_price[])`;
        assert.deepEqual(
          rows.map((row) => [row['id'], row['customer_id'], row['parent_price_id'], row['price']]),
          values.map(({ a, b, c }, n) => [a, String(n), b, { [a]: c }]),
        );
        const [line] = await database.sql`
        select amount::text, frozen, service_start = ${at.toString()}::timestamptz as same, quantity::text, unit_amount
        from unnest(${rowsText('line', [bare({ amount: -(2n ** 62n), frozen: false, serviceStart: at, quantity: '0.1' })])}::saved_line[])`;
        assert.deepEqual(
          { ...line },
          { amount: String(-(2n ** 62n)), frozen: false, same: true, quantity: '0.1', unit_amount: null },
        );
      },
    ),
    { numRuns: 50 },
  );
});
