// What a session guarantees: exact values both ways, bounded statements, a role under row-level security, room, one time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { businessTime, instantText } from '#actors/calendar/time.ts';
import { assertClockSkew } from '#db/clock-skew.ts';
import { assertRole, connectDatabase, reachDatabase } from '#db/connection.ts';
import { assertConnectionBudget } from '#db/connection-budget.ts';
import { assertServer } from '#db/server-release.ts';
import { DatabaseUnfit } from '#db/unfit.ts';
import { systemClock } from '#runtime/clock.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

test('instants come and go exactly, to the microsecond', async () => {
  const { sql } = database;
  const texts = ['2023-11-01T00:00:00.000000Z', '2024-02-29T23:59:59.999999Z', '1969-12-31T23:59:59.000001Z'];
  for (const text of texts) {
    assert.deepEqual([...(await sql`select ${text}::timestamptz as at`)], [{ at: text }]);
  }
  const [row] = await sql`select ${sql.array(texts)}::timestamptz[] as ats`;
  assert.deepEqual(row, { ats: texts });
  const [zoned] =
    await sql`select ${instantText(businessTime('2023-11-01T05:30:00+05:30'))}::timestamptz as at`;
  assert.deepEqual(zoned, { at: texts[0] });
});

test('int8 and numeric are text, and lists of text bind to lists of numbers', async () => {
  const { sql } = database;
  const [row] = await sql`
    select 9007199254740993::int8 as big, 0.1000000000000000055511151231257827::numeric as exact,
      ${['1', '9223372036854775807']}::bigint[] as bigs, '2023-11-01'::date as day`;
  assert.deepEqual(row, {
    big: '9007199254740993',
    exact: '0.1000000000000000055511151231257827',
    bigs: ['1', '9223372036854775807'],
    day: '2023-11-01',
  });
});

test('lists of every kind come and go as the very first thing a pool says', async () => {
  const lists: readonly (readonly [type: string, list: readonly unknown[]])[] = [
    ['text', ['a, "b"', '', '{c}\\']],
    ['bigint', ['1', '9223372036854775807']],
    ['integer', [1, 2]],
    ['numeric', ['0.10', '-3']],
    ['uuid', ['b3a0c9de-0000-4000-8000-000000000000']],
    ['timestamptz', ['2024-02-29T23:59:59.999999Z']],
    ['jsonb', [{ a: [1, 'b'] }, 'c']],
    ['date', ['2024-02-29']],
  ];
  for (const [type, list] of lists) {
    const sql = connectDatabase({ url: database.url, max: 1 });
    const [row] = await sql`select ${list as string[]}::${sql.unsafe(type)}[] as list`;
    await sql.end();
    assert.deepEqual(row, { list });
  }
});

test('a session keeps UTC and limits', async () => {
  const [row] = await database.sql`
    select current_setting('TimeZone') as zone, current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
  assert.deepEqual(row, { zone: 'UTC', statement: '30s', idle: '6s', name: 'accrue test' });
});

test('a statement that runs too long is ended by the server', async () => {
  const sql = connectDatabase({ url: database.url, max: 1, statementTimeoutMs: 50 });
  await assert.rejects(async () => sql`select pg_sleep(10)`, { code: '57014' });
  await sql.end();
});

test('a server of an older release is refused, and named', async () => {
  const ask = (text: string) => database.sql.unsafe<{ version: string; number: number }[]>(text);
  await assertServer(ask);
  const [row] = await database.sql<
    { version: string }[]
  >`select current_setting('server_version') as version`;
  await assert.rejects(assertServer(ask, 990_000), (error) => {
    assert.ok(error instanceof DatabaseUnfit);
    assert.match(error.message, /\(DATABASE_URL\) is Postgres .*: Postgres 99 or later is needed$/);
    return error.message.includes(`is Postgres ${row?.version}:`);
  });
});

test('a role above row-level security is refused, and named', async () => {
  await assertRole(database.sql);
  const admin = connectDatabase({ url: database.adminUrl, max: 1 });
  await assert.rejects(
    assertRole(admin),
    (error) => error instanceof DatabaseUnfit && error.message.includes('postgres'),
  );
  await admin.end();
});

test('a clock that differs by more than two seconds stops the start', async () => {
  const clock = systemClock();
  const shifted = (milliseconds: number) => ({ wall: () => clock.wall().add({ milliseconds }) });
  await assertClockSkew(database.sql, clock);
  await assertClockSkew(database.sql, shifted(1_000));
  await assert.rejects(assertClockSkew(database.sql, shifted(5_000)), DatabaseUnfit);
  await assert.rejects(assertClockSkew(database.sql, shifted(-5_000)), DatabaseUnfit);
});

test('a budget the server cannot give stops the start', async () => {
  const room = await assertConnectionBudget(database.sql, { app: 5, queue: 10 });
  assert.ok(room.max > 15 && room.open >= 1);
  await assert.rejects(
    assertConnectionBudget(database.sql, { app: room.max, queue: 0 }),
    /needs \d+ database connections/,
  );
});

test('a database that is away is waited for; one that will not have us is not', async () => {
  const waits: number[] = [];
  const told: string[] = [];
  const reaching = {
    sleep: async (ms: number): Promise<void> => void waits.push(ms),
    monotonicMs: () => 500 * waits.length,
    withinMs: 1_500,
    away: (error: Error) => void told.push(error.message),
  };
  const away = connectDatabase({ url: 'postgres://accrue@127.0.0.1:1/accrue', max: 1 });
  await assert.rejects(reachDatabase(away, reaching), (error) => {
    assert.ok(error instanceof DatabaseUnfit);
    assert.match(error.message, /DATABASE_URL.*ECONNREFUSED/);
    return true;
  });
  assert.deepEqual([waits, told.length], [[500, 500, 500], 3]);
  await away.end();

  const wrongPassword = new URL(database.url);
  wrongPassword.password = 'guess';
  const noDatabase = new URL(database.url);
  noDatabase.pathname = '/nowhere';
  for (const { href } of [wrongPassword, noDatabase]) {
    const wrong = connectDatabase({ url: href, max: 1 });
    await assert.rejects(reachDatabase(wrong, reaching), DatabaseUnfit);
    assert.equal(waits.length, 3);
    await wrong.end();
  }
});

test('rows of an answer that broke off are not counted into the next answer', async () => {
  const sql = connectDatabase({ url: database.url, max: 1 });
  // Long enough that the server sends the first rows before it meets the fault.
  const breaksOff = sql`select repeat('x', 9000) as long, 1 / (3 - n) as part from generate_series(1, 5) n`;
  await assert.rejects(async () => breaksOff, { code: '22012' });
  assert.deepEqual([...(await sql`select 'whole' as answer`)], [{ answer: 'whole' }]);
  await sql.end();
});
