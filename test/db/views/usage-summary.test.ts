// A look at usage equals a plain sum over the facts, wherever the span begins and ends.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { inTenant } from '#db/scope.ts';
import { findMeter } from '#db/views/meters.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { summarizeUsage } from '#db/views/usage-summary.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { SEEDED_AT, seedCustomer, seedTenant } from '#test/support/seeds.ts';

const TENANT = 'ten_usage';
const CUSTOMER = 'cus_usage';
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2023, 10, 1);
const AGGREGATIONS = ['count', 'sum', 'max', 'min', 'latest'] as const;

type Fact = { readonly ref: number; readonly atMs: number; readonly value: number };

/** Times on and around the edges of hours. */
const facts: readonly Fact[] = [
  0,
  1,
  HOUR_MS - 1,
  HOUR_MS,
  HOUR_MS + 1,
  2.5 * HOUR_MS,
  3 * HOUR_MS,
  5 * HOUR_MS - 1,
  6 * HOUR_MS,
].map((offset, ref) => ({ ref: ref + 1, atMs: START_MS + offset, value: (ref * 7) % 5 }));
const text = (ms: number): string => new Date(ms).toISOString();

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  const { sql } = database;
  await seedTenant(sql, TENANT);
  await seedCustomer(sql, TENANT, { id: CUSTOMER });
  for (const aggregation of AGGREGATIONS) {
    const id = `mtr_${aggregation}`;
    const property = aggregation === 'count' ? null : 'n';
    await inTenant(sql, TENANT, async (tx) => {
      await tx`insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, created_at)
        values (${id}, ${TENANT}, ${aggregation}, 'M', 'e', ${aggregation}, ${property}, ${SEEDED_AT})`;
      for (const { ref, atMs, value } of facts) {
        await tx`insert into meter_events (event_ref, tenant_id, customer_id, meter_id, scope_id, value, event_time, received_at, stored_at)
          values (${ref}, ${TENANT}, ${CUSTOMER}, ${id}, '', ${value}, ${text(atMs)}, ${text(atMs)}, ${text(atMs)})`;
      }
      await tx`insert into usage_rollups (tenant_id, customer_id, meter_id, scope_id, dimension_key, bucket, event_count,
          sum_value, min_value, max_value, last_value, last_time, last_ref, last_received_at)
        select tenant_id, customer_id, meter_id, '', '', date_trunc('hour', event_time), count(*), sum(value), min(value),
          max(value), (array_agg(value order by event_time desc, event_ref desc))[1], max(event_time),
          (array_agg(event_ref order by event_time desc, event_ref desc))[1], max(received_at)
        from meter_events where meter_id = ${id} group by 1, 2, 3, 6`;
    });
  }
});
after(() => database.close());

function expected(aggregation: (typeof AGGREGATIONS)[number], inside: readonly Fact[]): string | null {
  const values = inside.map(({ value }) => value);
  if (aggregation === 'count') return String(inside.length);
  if (aggregation === 'sum') return String(values.reduce((sum, value) => sum + value, 0));
  if (values.length === 0) return null;
  if (aggregation === 'latest') return String(values.at(-1));
  return String(aggregation === 'max' ? Math.max(...values) : Math.min(...values));
}

describe('a summary', () => {
  // Offsets by which rollups, edges, both or neither are read; milliseconds around each hour.
  const moment = fc
    .tuple(fc.integer({ min: -1, max: 7 }), fc.constantFrom(-1, 0, 1, HOUR_MS / 2))
    .map(([hour, ms]) => START_MS + hour * HOUR_MS + ms);
  const span = fc.tuple(moment, moment).filter(([start, end]) => start < end);

  for (const aggregation of AGGREGATIONS) {
    test(`of a ${aggregation} is that of the facts`, async () => {
      await fc.assert(
        fc.asyncProperty(span, async ([start, end]) => {
          const summary = await readTenant(database.sql, TENANT, async (tx) => {
            const meter = await findMeter(tx, TENANT, aggregation);
            assert.ok(meter);
            return summarizeUsage(tx, TENANT, {
              meter,
              customerId: CUSTOMER,
              span: { start: text(start), end: text(end) },
            });
          });
          const inside = facts.filter(({ atMs }) => atMs >= start && atMs < end);
          assert.deepEqual(summary, {
            quantity: expected(aggregation, inside),
            eventCount: String(inside.length),
          });
        }),
        { numRuns: 40 },
      );
    });
  }
});

test('views cannot write', async () => {
  await assert.rejects(
    readTenant(database.sql, TENANT, (tx) => tx`update customers set name = 'x'`),
    { code: '25006' },
  );
});
