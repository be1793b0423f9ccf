// Stored usage is read again through a new or changed meter: by processes that die, side by side with drains and each other.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { instantText } from '#actors/calendar/time.ts';
import { inTenant } from '#db/scope.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { cancelReprocessing, insertReprocessing } from '#db/usage-reprocessing.ts';
import { findReprocessing, type ReprocessingView } from '#db/views/usage-reprocessings.ts';
import { createReprocessings } from '#runtime/usage/reprocess.ts';
import { createUsageReads } from '#runtime/usage/usage-reads.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { accepted, drainOver, seedMeter, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

const AT = '2023-12-01T12:00:00.000000Z';
const MONTH = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
const START = Temporal.Instant.from('2023-11-05T10:00:00Z');
const quiet = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
} as never;

/** A tenant with `customers` customers of `each` events, counted by one meter; and a second meter made afterwards. */
async function setting(tenant: string, { customers = 3, each = 10 } = {}) {
  const { sql } = database;
  const ids = Array.from({ length: customers }, (_, at) => `cus_${tenant}_${String(at).padStart(3, '0')}`);
  const usage = await usageSetting(sql, tenant, { meters: [{ id: `mtr_${tenant}` }], customers: ids });
  const events = ids.flatMap((customer) =>
    Array.from({ length: each }, (_, at) =>
      usage.call(`${customer} ${at}`, at, {
        customer,
        time: instantText(START.add({ minutes: 13 * at })),
        properties: { n: at, weight: 2 * at, model: at % 2 === 0 ? 'even' : 'odd' },
      }),
    ),
  );
  await usage.count(events);
  const meterId = `mtr_new_${tenant}`;
  await seedMeter(sql, tenant, { id: meterId, valueProperty: 'weight', dimensions: ['model'] });

  const begin = async (id: string, more: object = {}): Promise<void> => {
    const of = { id, tenantId: tenant, meterId, customerIds: undefined, ...MONTH, billed: 'leave' as const };
    const by = { commandId: 'cmd_1', sentBy: null, createdAt: AT };
    await inTenant(sql, tenant, (tx) => insertReprocessing(tx, { ...of, ...by, ...more }));
  };
  const processOf = (batchEvents: number, ring = async () => {}) => {
    const bell = { ring };
    const clock = { ...manualClock('2023-12-01T12:00:00Z'), sleep: () => setTimeout(10) };
    return createReprocessings({ sql, clock, bell, log: quiet, batchEvents });
  };
  /** Other transactions of the same server, such as those of other tests, may keep it waiting. */
  const run = async (id: string, batchEvents = 7): Promise<void> => {
    do await processOf(batchEvents).run(tenant, id, new AbortController().signal);
    while ((await look(id)).status === 'waiting');
  };
  const look = async (id: string): Promise<ReprocessingView> => {
    const found = await inTenant(sql, tenant, (tx) => findReprocessing(tx, tenant, id));
    assert.ok(found);
    return found;
  };
  const counted = async (of = meterId): Promise<[quantity: string | null, events: string]> => {
    const answer = await createUsageReads(sql).query(tenant, { meter: of, ...MONTH });
    assert.ok(answer.ok);
    const [row] = answer.data.rows;
    return [row?.quantity ?? null, row?.eventCount ?? ''];
  };
  const exact = async (): Promise<void> => {
    const { differences } = await inTenant(sql, tenant, (tx) => recountRollups(tx, tenant));
    assert.deepEqual(differences, []);
  };
  return { sql, tenant, ids, usage, meterId, begin, run, processOf, look, counted, exact };
}

const figures = ({ status, total, done, changed, invalid, skipped }: ReprocessingView) => ({
  status,
  total,
  done,
  changed,
  invalid,
  skipped,
});
const DONE = { status: 'done', total: '30', done: '30', changed: '30', invalid: '0', skipped: '0' };

describe('a new meter', () => {
  test('counts what was stored, in batches of any size, and doing it again changes nothing', async () => {
    for (const batch of [1, 7, 10, 30, 500]) {
      const { begin, run, look, counted, exact } = await setting(`ten_new${batch}`);
      assert.deepEqual(await counted(), ['0', '0']);
      await begin(`rep_1_${batch}`);
      await run(`rep_1_${batch}`, batch);
      assert.deepEqual(figures(await look(`rep_1_${batch}`)), DONE);
      assert.deepEqual(await counted(), ['270', '30']);
      await begin(`rep_2_${batch}`);
      await run(`rep_2_${batch}`, batch);
      assert.deepEqual(figures(await look(`rep_2_${batch}`)), { ...DONE, changed: '0' });
      // One that is over stays so.
      await run(`rep_1_${batch}`, batch);
      assert.deepEqual(figures(await look(`rep_1_${batch}`)), DONE);
      await exact();
    }
  });

  test('of more customers than are looked at at once, most of them without usage', async () => {
    const { sql, tenant, begin, run, look, counted } = await setting('ten_wide', { customers: 230, each: 1 });
    await inTenant(
      sql,
      tenant,
      (tx) => tx`update usage_events set retracted_at = ${AT} where customer_id not in (${'cus_ten_wide_000'},
        ${'cus_ten_wide_150'}, ${'cus_ten_wide_229'})`,
    );
    await begin('rep_wide');
    await run('rep_wide');
    assert.deepEqual(figures(await look('rep_wide')), { ...DONE, total: '3', done: '3', changed: '3' });
    assert.deepEqual(await counted(), ['0', '3']);
  });

  test('only of the customers and the range that were named', async () => {
    const { ids, begin, run, counted } = await setting('ten_part');
    await begin('rep_part', { customerIds: ids.slice(1, 2), to: instantText(START.add({ minutes: 39 })) });
    await run('rep_part');
    assert.deepEqual(await counted(), ['6', '3']);
  });

  test('begins when everything that was taken in before is counted', async () => {
    const { sql, usage, ids, tenant, begin, processOf, look, counted, exact } = await setting('ten_wait');
    // Taken in for the old meters: its facts know nothing of the new one.
    await accepted(usage.ingest, tenant, [
      usage.call('late', 0, { customer: ids[0] ?? '', properties: { n: 0, weight: 1_000 } }),
    ]);
    await inTenant(
      sql,
      tenant,
      (tx) => tx`update usage_inbox set fact_positions = array[1], fact_meters = array[${`mtr_${tenant}`}],
        fact_values = array[0], fact_dimensions = '[null]', fact_dimension_keys = null, fact_value_keys = null,
        fact_amounts = null`,
    );
    await begin('rep_wait');
    let rung = 0;
    const drains = processOf(7, async () => {
      rung += 1;
      if (rung === 3) await drainOver(sql).run(new AbortController().signal);
    });
    do await drains.run(tenant, 'rep_wait', new AbortController().signal);
    while ((await look('rep_wait')).status === 'waiting');
    assert.ok(rung >= 3);
    assert.deepEqual(figures(await look('rep_wait')), { ...DONE, total: '31', done: '31', changed: '31' });
    assert.deepEqual(await counted(), ['1270', '31']);
    await exact();
  });
});

describe('a process that dies', () => {
  test('between batches or within one leaves what is committed, and another goes on there', async () => {
    const { sql, begin, run, look, counted, exact } = await setting('ten_crash');
    await begin('rep_crash');
    for (const done of [0, 7, 14, 21, 28]) {
      // The last thing a batch does fails, after its facts and rollups are written.
      const admin = `create function die() returns trigger language plpgsql as
        $$ begin raise exception 'killed' using errcode = '57P01'; end $$;
        create trigger die before update on usage_reprocessings for each row
        when (new.done > ${done}) execute function die()`;
      await sql.unsafe(admin);
      await assert.rejects(run('rep_crash'), /killed/);
      await exact();
      const { status, done: read, changed } = await look('rep_crash');
      assert.deepEqual([status, read, changed], ['running', String(done), String(done)]);
      assert.equal((await counted())[1], String(done));
      await sql.unsafe('drop trigger die on usage_reprocessings; drop function die()');
    }
    await run('rep_crash');
    assert.deepEqual(figures(await look('rep_crash')), DONE);
    assert.deepEqual(await counted(), ['270', '30']);
  });

  test('told to stop, stops after a batch', async () => {
    const { tenant, begin, processOf, run, look } = await setting('ten_stop');
    await begin('rep_stop');
    const stopping = new AbortController();
    const stopped = processOf(7, async () => {
      if ((await look('rep_stop')).status === 'running') stopping.abort();
    });
    while (!stopping.signal.aborted) await stopped.run(tenant, 'rep_stop', stopping.signal);
    const { status, done } = await look('rep_stop');
    assert.deepEqual([status, done], ['running', '7']);
    await run('rep_stop');
    assert.deepEqual(figures(await look('rep_stop')), DONE);
  });

  test('several at once, beside drains, count each event once', async () => {
    const { sql, usage, tenant, ids, begin, run, look, counted, exact } = await setting('ten_many');
    await begin('rep_many');
    const drains = async (): Promise<void> => {
      for (let at = 0; at < 5; at += 1) {
        await usage.ingest.accept(
          tenant,
          ids.map((customer) =>
            usage.call(`more ${customer} ${at}`, 1, {
              customer,
              time: instantText(START.add({ minutes: 13 * at })),
              properties: { n: 1, weight: 1 },
            }),
          ),
        );
        await drainOver(sql).run(new AbortController().signal);
      }
    };
    await Promise.all([run('rep_many', 3), run('rep_many', 3), run('rep_many', 2), drains()]);
    await run('rep_many');
    const { status, total, done } = await look('rep_many');
    assert.equal(status, 'done');
    assert.ok(Number(done) >= 30 && Number(done) <= 45, `${done} of ${total}`);
    assert.deepEqual(await counted(), ['285', '45']);
    await exact();
  });
});

test('what the meter cannot read keeps what it had, and is counted as invalid', async () => {
  const { sql, tenant, begin, run, look, counted, exact } = await setting('ten_invalid');
  await begin('rep_before');
  await run('rep_before');
  await inTenant(
    sql,
    tenant,
    (tx) =>
      tx`update meters set value_property = 'n', revision = revision + 1 where id = ${`mtr_new_${tenant}`}`,
  );
  await inTenant(
    sql,
    tenant,
    (tx) =>
      tx`update usage_events set properties = properties || '{"n": "many"}' where event_id like '%001 3'`,
  );
  await begin('rep_after');
  await run('rep_after');
  // n is half of weight, and the 0 of each customer stays what it was; 3 of one customer stays 6.
  assert.deepEqual(figures(await look('rep_after')), { ...DONE, changed: '26', invalid: '1' });
  assert.deepEqual(await counted(), ['138', '30']);
  await exact();
});

test('one that is canceled stops where it is', async () => {
  const { sql, tenant, begin, run, look } = await setting('ten_cancel');
  await begin('rep_cancel');
  const cancel = () =>
    inTenant(sql, tenant, (tx) => cancelReprocessing(tx, tenant, { id: 'rep_cancel', at: AT }));
  assert.equal(await cancel(), true);
  assert.equal(await cancel(), false);
  await run('rep_cancel');
  assert.deepEqual(figures(await look('rep_cancel')), {
    ...DONE,
    status: 'canceled',
    total: null,
    done: '0',
    changed: '0',
  });
});
