// The rows of a save: every writer reads attributes that the database has, and any value arrives as it was.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { RowsWriter, type SavedTypes, savedTypes } from '#db/save/saved-types.ts';
import { columnsRead, typeOf, WRITTEN_SETS } from '#db/save/writers.ts';
import { faultOf } from '#runtime/turn/fault.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

let database: TestDatabase;
let types: SavedTypes;
before(async () => {
  database = await testDatabase();
  types = await savedTypes(database.sql, database.sql);
});
after(() => database.close());

const ALL = { has: () => true } as unknown as ReadonlySet<string>;

/** The driver leaves the type to the cast. */
const sent = (name: 'agreed_price' | 'line' | 'invoice', rows: readonly object[]) => {
  const writer = new RowsWriter(types.get(name), ALL);
  for (const row of rows) writer.put(row, {});
  return database.sql.typed(writer.finish() as never, 0);
};

test('every writer reads attributes that its type has', () => {
  const sets = WRITTEN_SETS.filter((set) => {
    try {
      return columnsRead(set).size > 0;
    } catch {
      return false;
    }
  });
  assert.ok(sets.length > 20);
  for (const set of [...sets, 'series.added' as const]) {
    const names = new Set(types.get(typeOf(set))?.attributes.map(({ column }) => column));
    const missing = [...columnsRead(set)].filter((column) => !names.has(column));
    assert.deepEqual(missing, [], set);
  }
});

test('rows that are put in turns, and after others that were refused, are their own', async () => {
  const lines = (): RowsWriter => new RowsWriter(types.get('line'), ALL);
  const refused = lines();
  refused.put({ id: 'left behind' }, {});
  assert.throws(() => refused.put({ id: 'half', position: 0.5 }, {}));
  lines().finish();
  const [one, other] = [lines(), lines()];
  for (let n = 0; n < 3000; n += 1) {
    one.put({ id: `one ${n}` }, { position: n });
    other.put({ id: `other ${n}` }, {});
  }
  const bytes = { one: one.finish(), other: other.finish() };
  assert.throws(() => one.finish(), /finished/);
  assert.throws(() => one.put({}, {}), /finished/);
  const later = lines();
  for (let n = 0; n < 3000; n += 1) later.put({ id: 'later' }, {});
  for (const [name, value] of Object.entries(bytes)) {
    const found = await database.sql`
      select count(*)::int as count, count(distinct id)::int as ids, count(position)::int as positions,
        bool_and(id like ${`${name} %`}) as own
      from unnest(${database.sql.typed(value as never, 0)}::saved_line[])`;
    const positions = name === 'one' ? 3000 : 0;
    assert.deepEqual([...found], [{ count: 3000, ids: 3000, positions, own: true }]);
  }
});

test('texts, JSON and nothing arrive as they were', async () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed());
  const special = fc.string({
    unit: fc.constantFrom('"', '\\', '(', ')', ',', '{', '}', ' ', "'", '\n', 'ü', '😀'),
  });
  const long = fc.string({ minLength: 60, maxLength: 300 }).filter((value) => !value.includes('\0'));
  const any = fc.oneof(text, special, long, fc.constant(''), fc.constant('NULL'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: any, b: fc.option(any), c: any }), { minLength: 1 }),
      async (values) => {
        const rows = values.map(({ a, b, c }, n) => ({
          id: a,
          parentPriceId: b,
          price: { [a]: c },
          customerId: String(n),
        }));
        const found = await database.sql`
          select id, customer_id, parent_price_id, price from unnest(${sent('agreed_price', rows)}::saved_agreed_price[])`;
        assert.deepEqual(
          found.map((row) => [row['id'], row['customer_id'], row['parent_price_id'], row['price']]),
          values.map(({ a, b, c }, n) => [a, String(n), b, { [a]: c }]),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('decimals, integers, instants, dates and truths arrive as they were', async () => {
  const whole = fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String);
  const fraction = fc.stringMatching(/^[0-9]{0,20}$/);
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), fc.oneof(whole, fc.constantFrom('0', '9999', '10000')), fraction)
    .map(([sign, before, behind]) => `${sign}${before}${behind === '' ? '' : `.${behind}`}`);
  const microseconds = fc.bigInt({ min: -(10n ** 16n), max: 2n * 10n ** 17n });
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          quantity: decimal,
          amount: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          position: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
          frozen: fc.boolean(),
          at: microseconds,
        }),
        { minLength: 1, maxLength: 20 },
      ),
      async (values) => {
        const rows = values.map(({ at, ...row }) => ({
          ...row,
          serviceStart: Temporal.Instant.fromEpochNanoseconds(at * 1000n),
        }));
        const found = await database.sql`
          select quantity::text as quantity, amount::text as amount, position, frozen, unit_amount,
            (extract(epoch from service_start) * 1000000)::bigint::text as at
          from unnest(${sent('line', rows)}::saved_line[])`;
        const numerics = await database.sql`
          select a::numeric::text as text from unnest(${values.map(({ quantity }) => quantity)}::text[]) a`;
        assert.deepEqual(
          found.map((row) => ({ ...row })),
          values.map(({ at, amount, ...row }, index) => ({
            ...row,
            quantity: numerics[index]?.['text'],
            amount: String(amount),
            at: String(at),
            unit_amount: null,
          })),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('a date is the day that it names, before and after the year 2000', async () => {
  const days = ['1970-01-01', '1999-12-31', '2000-01-01', '2024-02-29', '2300-12-31'];
  const rows = days.map((issueDate) => ({ issueDate }));
  const found = await database.sql`
    select issue_date::text as day from unnest(${sent('invoice', rows)}::saved_invoice[])`;
  assert.deepEqual(
    found.map(({ day }) => day),
    days,
  );
});

test('what is no decimal and no instant is refused before it is sent', () => {
  for (const quantity of ['NaN', '1e3', '', '1.', 'Infinity'])
    assert.throws(() => sent('line', [{ quantity }]), /digits/, quantity);
  assert.throws(() => sent('line', [{ serviceStart: '2023-11-01T00:00:00Z' }]), /instant/);
  for (const row of [{ amount: 2n ** 63n }, { amount: -(2n ** 63n) - 1n }, { position: 2 ** 31 }])
    assert.throws(
      () => sent('line', [row]),
      (error) => faultOf(error) === 'refused',
    );
});
