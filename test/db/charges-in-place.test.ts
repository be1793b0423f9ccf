// Live charges of an item never overlap and belong to an item that is there, whoever writes them and however many at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { inTenant, type Tx } from '#db/scope.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT } from '#test/support/seeds.ts';
import { asAdmin } from '#test/support/server.ts';
import { usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const day = (number: number): string =>
  Temporal.PlainDate.from('2023-11-01').add({ days: number }).toString();

type Piece = { item: string | null; from: number; to: number; status?: string };

/** One statement for all of them, as a turn writes its charges. */
function insert(tx: Tx, tenant: string, ids: readonly string[], pieces: readonly Piece[]): Promise<unknown> {
  return tx`
    insert into charges (id, tenant_id, customer_id, item_id, origin, kind, settlement_mode, status, currency, service_start,
      service_end, billed_at, advance_at, created_at, updated_at)
    select p.id, ${tenant}, ${`cus_${tenant}`}, p.item, p.id, 'flat_fee', 'credit_then_invoice', p.status, 'USD', p.start, p.stop,
      p.stop, case when p.status = 'active' then p.stop end, ${SEEDED_AT}, ${SEEDED_AT}
    from unnest(${[...ids]}::text[], ${pieces.map(({ item }) => item)}::text[], ${pieces.map(({ from }) => day(from))}::timestamptz[],
      ${pieces.map(({ to }) => day(to))}::timestamptz[], ${pieces.map(({ status = 'active' }) => status)}::text[])
      as p (id, item, start, stop, status)`;
}

const refused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['23P01', '23505', '23503'].includes(String(error.code));

/** A tenant with two items that charges can be of; nothing else of them matters here. */
async function itemsOf(tenant: string): Promise<readonly string[]> {
  await usageSetting(database.sql, tenant);
  const items = [`itm_1${tenant}`, `itm_2${tenant}`];
  await asAdmin(database.adminUrl, async (admin) => {
    await admin.query('set session_replication_role = replica');
    for (const [position, id] of items.entries())
      await admin.query('insert into items values ($1, $2, $3, $4, $5)', [
        id,
        tenant,
        `cus_${tenant}`,
        `sub_${tenant}`,
        position,
      ]);
  });
  return items;
}

const pieceArbitrary = fc
  .record({ item: fc.nat(1), from: fc.nat(12), days: fc.integer({ min: 1, max: 5 }), live: fc.nat(5) })
  .map(({ item, from, days, live }) => ({ item, from, to: from + days, live: live > 0 }));

type Kept = { item: number; from: number; to: number; live: boolean };

const fits = (pieces: readonly Kept[]): boolean =>
  pieces.every((a, index) =>
    pieces
      .slice(index + 1)
      .every((b) => !a.live || !b.live || a.item !== b.item || a.to <= b.from || b.to <= a.from),
  );

const write = (step: readonly Kept[], items: readonly string[]): Piece[] =>
  step.map(({ item, from, to, live }) => ({
    item: items[item] ?? null,
    from,
    to,
    status: live ? 'active' : 'deleted',
  }));

test('charges are taken exactly when none overlaps, in whatever statements they come and change', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          added: fc.array(pieceArbitrary, { minLength: 1, maxLength: 4 }),
          changed: pieceArbitrary,
          which: fc.nat(20),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      async (steps) => {
        round += 1;
        const tenant = `ten_pieces${round}`;
        const items = await itemsOf(tenant);
        const kept = new Map<string, Kept>();
        for (const [number, { added, changed, which }] of steps.entries()) {
          const ids = added.map((_, index) => `chg_${tenant}_${number}_${index}`);
          const next = new Map([...kept, ...ids.map((id, index) => [id, added[index]] as [string, Kept])]);
          if (
            await taken(
              tenant,
              (tx) => insert(tx, tenant, ids, write(added, items)),
              fits([...next.values()]),
            )
          )
            for (const [id, piece] of next) kept.set(id, piece);
          const id = [...kept.keys()][which % Math.max(1, kept.size)];
          const before = id === undefined ? undefined : kept.get(id);
          if (id === undefined || before === undefined) continue;
          const after = { ...changed, item: before.item };
          const all = [...new Map(kept).set(id, after).values()];
          if (await taken(tenant, (tx) => change(tx, id, after), fits(all))) kept.set(id, after);
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** Whether the database took it, which must be as expected. */
async function taken(
  tenant: string,
  work: (tx: Tx) => Promise<unknown>,
  expected: boolean,
): Promise<boolean> {
  const error = await inTenant(database.sql, tenant, work).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined) assert.ok(refused(error));
  assert.equal(error === undefined, expected);
  return expected;
}

const change = (tx: Tx, id: string, { from, to, live }: Kept): Promise<unknown> => tx`
  update charges set service_start = ${day(from)}, service_end = ${day(to)}, status = ${live ? 'active' : 'deleted'},
    advance_at = ${live ? day(to) : null} where id = ${id}`;

const touch = (tx: Tx, tenant: string): Promise<unknown> =>
  tx`update customers set sequence = sequence + 1 where id = ${`cus_${tenant}`}`;

/** What the first of two has done before it adds its charge; the lock of the check is left out for customers that it changed. */
const FIRST: Readonly<
  Record<string, (tx: Tx, tenant: string, add: (tx: Tx) => Promise<unknown>) => Promise<unknown>>
> = {
  'has only added': (tx, _tenant, add) => add(tx),
  'has changed the customer before': async (tx, tenant, add) => {
    await touch(tx, tenant);
    await add(tx);
  },
  'has changed him behind a savepoint that it released': async (tx, tenant, add) => {
    await tx.savepoint((piece) => touch(piece, tenant));
    await add(tx);
  },
  'has changed him behind a savepoint that it went back to': async (tx, tenant, add) => {
    await tx
      .savepoint(async (piece) => {
        await touch(piece, tenant);
        throw new Error('back');
      })
      .catch(() => undefined);
    await add(tx);
  },
  'has changed him, and adds behind a savepoint': async (tx, tenant, add) => {
    await touch(tx, tenant);
    await tx.savepoint(add);
  },
};

for (const [index, [what, work]] of Object.entries(FIRST).entries()) {
  for (const second of ['only adds', 'changes the customer and adds'] as const) {
    test(`of two at once, of which the first ${what}, the second, which ${second}, waits and is refused`, async () => {
      const tenant = `ten_at_once_${index}_${second.length}`;
      const [item = ''] = await itemsOf(tenant);
      const go = Promise.withResolvers<void>();
      const wrote = Promise.withResolvers<void>();
      const asked = Promise.withResolvers<number>();
      const one = inTenant(database.sql, tenant, async (tx) => {
        await work(tx, tenant, (at) =>
          insert(at, tenant, [`chg_one_${tenant}`], [{ item, from: 0, to: 10 }]),
        );
        wrote.resolve();
        await go.promise;
      });
      await wrote.promise;
      const other = inTenant(database.sql, tenant, async (tx) => {
        const [mine] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        asked.resolve(mine?.pid ?? 0);
        if (second !== 'only adds') await touch(tx, tenant);
        await insert(tx, tenant, [`chg_other_${tenant}`], [{ item, from: 5, to: 15 }]);
      }).then(
        () => undefined,
        (error: unknown) => error,
      );
      let ended = false;
      void other.then(() => {
        ended = true;
      });
      const waited = await untilWaiting(await asked.promise, () => ended);
      go.resolve();
      await one;
      assert.ok(refused(await other));
      assert.ok(waited);
    });
  }
}

/** Whether this session waits for somebody's lock before it has ended. */
async function untilWaiting(pid: number, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    const [row] = await database.sql<{ blocked: number[] }[]>`select pg_blocking_pids(${pid}) as blocked`;
    if ((row?.blocked.length ?? 0) > 0) return true;
  }
  return false;
}

test('a charge of an item that is not there is refused, one of no item is not', async () => {
  const tenant = 'ten_no_item';
  await itemsOf(tenant);
  await taken(
    tenant,
    (tx) => insert(tx, tenant, ['chg_lost'], [{ item: 'itm_lost', from: 0, to: 1 }]),
    false,
  );
  await taken(tenant, (tx) => insert(tx, tenant, ['chg_alone'], [{ item: null, from: 0, to: 1 }]), true);
});

test('closing a charge touches no index', async () => {
  const tenant = 'ten_in_place';
  const [item = ''] = await itemsOf(tenant);
  await taken(tenant, (tx) => insert(tx, tenant, ['chg_closed'], [{ item, from: 0, to: 1 }]), true);
  await inTenant(database.sql, tenant, async (tx) => {
    await tx`update charges set status = 'final', advance_at = null, late_check_at = ${day(9)}, booked_amount = 5 where id = 'chg_closed'`;
    const [row] = await tx<{ hot: string }[]>`
      select n_tup_hot_upd as hot from pg_stat_xact_user_tables where relname = 'charges'`;
    assert.equal(Number(row?.hot), 1);
  });
});
