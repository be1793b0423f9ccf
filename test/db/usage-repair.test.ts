// Rollups that say something else than their facts are found and made right, whatever is wrong with them, also beside drains.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { instantText } from '#actors/calendar/time.ts';
import { inTenant, type Tx } from '#db/scope.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { repairRollups } from '#db/usage-repair.ts';
import { dimensionKeyOf } from '#runtime/usage/dimension-key.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { drainOver, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

const START = Temporal.Instant.from('2023-11-05T10:00:00Z');
const AT = '2023-12-01T12:00:00.000000Z';

/** What can go wrong with the rollup that comes first by this order of rows. */
const HARM = {
  'a count too many': (tx: Tx, at: number) => tx`
    update usage_rollups set event_count = event_count + 1 where ctid = (${nth(tx, at)})`,
  'another sum': (tx: Tx, at: number) => tx`
    update usage_rollups set sum_value = sum_value * 2 + 1 where ctid = (${nth(tx, at)})`,
  'another latest': (tx: Tx, at: number) => tx`
    update usage_rollups set last_value = last_value + 1 where ctid = (${nth(tx, at)})`,
  'received later': (tx: Tx, at: number) => tx`
    update usage_rollups set last_received_at = last_received_at + interval '1 second' where ctid = (${nth(tx, at)})`,
  lost: (tx: Tx, at: number) => tx`delete from usage_rollups where ctid = (${nth(tx, at)})`,
  'an hour without facts': (tx: Tx, at: number) => tx`
    update usage_rollups set bucket = bucket + interval '1 year' where ctid = (${nth(tx, at)})`,
  'there twice': (tx: Tx, at: number) => tx`
    insert into usage_rollups select tenant_id, customer_id, meter_id, scope_id, 'other' || dimension_key, bucket, dimensions,
      event_count + 1, sum_value, min_value, max_value, last_value, last_time, last_ref, last_received_at, amount
    from usage_rollups where ctid = (${nth(tx, at)}) on conflict do nothing`,
} as const;

const nth = (tx: Tx, at: number) => tx`
  select ctid from usage_rollups where dimension_key not like 'other%'
  order by customer_id, meter_id, bucket, dimension_key
  offset (select ${at} % greatest(count(*), 1) from usage_rollups where dimension_key not like 'other%') limit 1`;

const event = fc.record({
  step: fc.integer({ min: 0, max: 8 }),
  n: fc.integer({ min: 0, max: 999 }),
  model: fc.constantFrom('small', 'large', null),
  region: fc.constantFrom('eu', 'us'),
});
const harm = fc.record({
  kind: fc.constantFrom(...(Object.keys(HARM) as (keyof typeof HARM)[])),
  at: fc.nat({ max: 50 }),
});

test('any harm is found; after the repair a recount finds nothing, also beside drains', async () => {
  const { sql } = database;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 20 }),
      fc.array(harm, { minLength: 1, maxLength: 4 }),
      fc.array(event, { maxLength: 10 }),
      async (events, harms, during) => {
        round += 1;
        const tenant = `ten_repair${round}`;
        const meters = [
          { id: `mtr_a_r${round}`, dimensions: ['region', 'model'] },
          { id: `mtr_b_r${round}`, aggregation: 'latest' as const },
        ];
        const { count, ingest, call } = await usageSetting(sql, tenant, { meters });
        const report = ({ step, n, model, region }: (typeof events)[number], id: string) =>
          call(id, n, {
            time: instantText(START.add({ minutes: 20 * step })),
            properties: { n, region, ...(model !== null && { model }) },
          });
        await count(events.map((one, index) => report(one, `a${index}`)));
        const recount = () => inTenant(sql, tenant, (tx) => recountRollups(tx, tenant));
        assert.deepEqual((await recount()).differences, []);

        await inTenant(sql, tenant, async (tx) => {
          for (const { kind, at } of harms) await HARM[kind](tx, at);
        });
        const found = await recount();
        assert.equal(found.differing, found.differences.length);
        if (harms.length === 1) assert.ok(found.differing > 0, JSON.stringify(harms));

        const accepted = await ingest.accept(
          tenant,
          during.map((one, index) => report(one, `b${index}`)),
        );
        const hours = found.differences.map((one) => ({
          ...one,
          dimensionKey: dimensionKeyOf(one.dimensions),
        }));
        await Promise.all([
          drainOver(sql).run(new AbortController().signal),
          inTenant(sql, tenant, (tx) => repairRollups(tx, { tenantId: tenant, at: AT }, hours)),
        ]);
        assert.ok(during.length === 0 || accepted.kind === 'accepted');
        assert.deepEqual((await recount()).differences, []);
        // Again it changes nothing.
        await inTenant(sql, tenant, (tx) => repairRollups(tx, { tenantId: tenant, at: AT }, hours));
        assert.deepEqual((await recount()).differences, []);
      },
    ),
    { numRuns: 30 },
  );
});

test('only what is asked for is compared, and no more is told than that', async () => {
  const { sql } = database;
  const tenant = 'ten_span';
  const meters = [{ id: 'mtr_span1' }, { id: 'mtr_span2' }];
  const { count, call } = await usageSetting(sql, tenant, { meters, customers: ['cus_one', 'cus_two'] });
  await count([
    call('a', 1),
    call('b', 2, { time: '2023-11-05T12:00:00Z' }),
    call('c', 3, { customer: 'cus_two' }),
  ]);
  await inTenant(sql, tenant, (tx) => tx`update usage_rollups set sum_value = sum_value + 1`);
  const differing = async (span: Parameters<typeof recountRollups>[2]) => {
    const found = await inTenant(sql, tenant, (tx) => recountRollups(tx, tenant, span));
    return [found.events, found.hours, found.differing, found.differences.length];
  };
  assert.deepEqual(await differing({}), [6, 6, 6, 6]);
  assert.deepEqual(await differing({ max: 2 }), [6, 6, 6, 2]);
  assert.deepEqual(await differing({ customerId: 'cus_two' }), [2, 2, 2, 2]);
  assert.deepEqual(await differing({ meterId: 'mtr_span1' }), [3, 3, 3, 3]);
  assert.deepEqual(await differing({ from: '2023-11-05T11:00:00Z' }), [2, 2, 2, 2]);
  assert.deepEqual(await differing({ to: '2023-11-05T10:00:00Z' }), [0, 0, 0, 0]);
});
