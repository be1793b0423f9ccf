// A reserved connection, or a transaction's, that is lost: its user hears of it, and whoever gets the connection next has it alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDatabase } from '#db/connection.ts';
import type { Sql } from '#db/scope.ts';
import { systemClock } from '#runtime/clock.ts';
import { cutLine } from '#test/support/cut-line.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';

const CLOSED = { code: 'CONNECTION_CLOSED' };
const { sleep } = systemClock();
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

type Session = { pid: number };

/** Different sessions of `count` users at the same moment. A pool that lost a place never answers. */
async function sessionsOf(sql: Sql, count: number): Promise<number> {
  const users = await Promise.all(Array.from({ length: count }, () => reserve(sql)));
  for (const { own } of users) own.release();
  return new Set(users.map(({ pid }) => pid)).size;
}

/** Asks again until the pool has noticed that the server is back. */
async function reserve(
  sql: Sql,
): Promise<{ own: Awaited<ReturnType<Sql['reserve']>>; pid: number | undefined }> {
  for (;;) {
    const own = await sql.reserve().catch(() => undefined);
    const [session] = own ? await own<Session[]>`select pg_backend_pid() as pid`.catch(() => []) : [];
    if (own !== undefined && session !== undefined) return { own, pid: session.pid };
    own?.release();
    await sleep(20);
  }
}

test('who waits to reserve gets the connection that another lost; the other neither speaks on it nor releases it', async () => {
  const sql = connectDatabase({ url: database.url, max: 1 });
  const admin = connectDatabase({ url: database.adminUrl, max: 1 });
  const one = await sql.reserve();
  await one`begin`;
  const [old] = await one<Session[]>`select pg_backend_pid() as pid`;
  const waiting = sql.reserve();
  const third = sql.reserve();
  await admin`select pg_terminate_backend(${String(old?.pid)}::int)`;

  const other = await waiting;
  await other`begin`;
  await other`create temporary table mine (n int)`;
  await assert.rejects(async () => one`commit`, CLOSED);
  await assert.rejects(async () => one`rollback`, CLOSED);
  one.release();
  let served = false;
  void third.then(() => {
    served = true;
  });
  await other`insert into mine values (1)`;
  const [mine] = await other<{ n: string }[]>`select count(*) as n from mine`;
  assert.equal(mine?.n, '1', 'the transaction is still its own');
  assert.equal(served, false, 'the connection was given away twice');
  await other`commit`;
  other.release();
  (await third).release();
  assert.equal((await sql`select 1`).length, 1);
  await sql.end({ timeout: 1 });
  await admin.end();
});

test('a transaction that goes on after its connection was lost is refused, and rolls nobody else back', async () => {
  const sql = connectDatabase({ url: database.url, max: 1 });
  const admin = connectDatabase({ url: database.adminUrl, max: 1 });
  const lost = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let late: unknown;
  const first = sql.begin(async (tx) => {
    const [session] = await tx<Session[]>`select pg_backend_pid() as pid`;
    await admin`select pg_terminate_backend(${String(session?.pid)}::int)`;
    lost.resolve();
    await goOn.promise;
    late = await tx`select 1`.catch((error: unknown) => error);
  });
  await assert.rejects(first, CLOSED);
  await lost.promise;
  await sql.begin(async (tx) => {
    await tx`create temporary table kept (n int)`;
    goOn.resolve();
    await sleep(20);
    await tx`insert into kept values (1)`;
  });
  assert.ok(late instanceof Error && 'code' in late);
  assert.equal(late.code, CLOSED.code);
  await sql.end({ timeout: 1 });
  await admin.end();
});

test('a server that goes away and comes back leaves nobody waiting, and the pool whole', async () => {
  const line = await cutLine(database.url);
  const sql = connectDatabase({ url: line.url, max: 2 });
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await sessionsOf(sql, 2), 2);
    const working = Promise.allSettled(
      Array.from({ length: 6 }, async () => {
        const own = await sql.reserve();
        try {
          for (let count = 0; count < 20; count += 1) await own`select ${count}::int`;
        } finally {
          own.release();
        }
      }),
    );
    await sleep(5 * round);
    line.cut();
    await sleep(30);
    line.join();
    // Refused or served: what counts is that everybody hears.
    await working;
  }
  assert.equal(await sessionsOf(sql, 2), 2);
  await sql.end({ timeout: 1 });
  await line.close();
});
