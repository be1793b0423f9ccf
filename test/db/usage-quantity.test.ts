// A quantity read from rollups and edges is what a plain recount of the events gives, for any period, cutoff and order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { businessTime, instantText } from '#actors/calendar/time.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { type Fact, MERGED_AGGREGATIONS, quantityOf, rollUp } from '#actors/usage/aggregation.ts';
import { inTenant } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { accepted, seedMeter, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const MONTH = businessTime('2023-11-01T00:00:00Z');
/** Half a minute apart, over four hours: many share an hour, some an instant. */
const at = (step: number): Temporal.Instant => MONTH.add({ seconds: step * 30 });
const STEPS = 480;

const eventArbitrary = fc.record({
  step: fc.integer({ min: 0, max: STEPS - 1 }),
  value: fc.oneof(
    fc.integer({ min: -1000, max: 1_000_000 }).map(String),
    fc
      .tuple(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 999_999 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`),
  ),
  /** Seconds after the start of receiving. */
  received: fc.integer({ min: 0, max: 3 }),
  model: fc.constantFrom('small', 'large'),
});
const HOUR_STEPS = 120;
const windowArbitrary = (unit: number) =>
  fc
    .record({
      from: fc.integer({ min: 0, max: STEPS / unit }),
      length: fc.integer({ min: 0, max: STEPS / unit }),
      cutoff: fc.option(fc.integer({ min: 0, max: 4 })),
    })
    .map(({ from, length, cutoff }) => ({ from: from * unit, to: (from + length) * unit, cutoff }));
const windowsArbitrary = (window: ReturnType<typeof windowArbitrary>) =>
  fc.array(window, { minLength: 1, maxLength: 8 });
/** Windows of whole hours alone are asked for without edges. */
const askedArbitrary = fc.oneof(
  windowsArbitrary(windowArbitrary(1)),
  windowsArbitrary(windowArbitrary(HOUR_STEPS)),
  windowsArbitrary(fc.oneof(windowArbitrary(1), windowArbitrary(HOUR_STEPS))),
);

test('rollups with edges equal a recount, with and without late events', async () => {
  const { sql } = database;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(eventArbitrary, { minLength: 1, maxLength: 60 }),
      askedArbitrary,
      async (events, windows) => {
        round += 1;
        const tenant = `ten_quantity${round}`;
        const clock = manualClock('2023-11-02T00:00:00Z');
        const start = clock.wall();
        const meters = MERGED_AGGREGATIONS.map((aggregation) => ({
          id: `mtr_${aggregation}${round}`,
          aggregation,
          dimensions: ['model'],
          settings: aggregation === 'count' ? {} : { acceptsNegative: true },
        }));
        const { ingest, drain, call } = await usageSetting(sql, tenant, { clock, meters });

        const facts: (Fact & { received: number })[] = [];
        for (const received of [0, 1, 2, 3]) {
          const now = events.filter((event) => event.received === received);
          if (now.length > 0) {
            await accepted(
              ingest,
              tenant,
              now.map(({ step, value, model }, i) =>
                call(`${received}-${i}`, value, {
                  time: instantText(at(step)),
                  properties: { n: value, model },
                }),
              ),
            );
            await drain.run(new AbortController().signal);
          }
          await clock.advance(1_000);
        }
        const stored = await inTenant(
          sql,
          tenant,
          (tx) => tx<{ id: string; key: string }[]>`
            select id, event_id as key from usage_events where tenant_id = ${tenant}`,
        );
        const sequence = new Map(stored.map((row) => [row.key, BigInt(row.id)]));
        for (const received of [0, 1, 2, 3]) {
          for (const [i, event] of events.filter((one) => one.received === received).entries()) {
            const value = decimal(event.value);
            facts.push({
              value,
              time: at(event.step),
              sequence: sequence.get(`${received}-${i}`) ?? 0n,
              received,
            });
          }
        }

        const requests = windows.flatMap(({ from, to, cutoff }) =>
          meters.map((meter) => ({
            customerId: `cus_${tenant}`,
            meterId: meter.id,
            scopeId: '',
            from: at(from),
            to: at(to),
            cutoff: cutoff === null ? null : start.add({ seconds: cutoff }),
          })),
        );
        const read = await inTenant(sql, tenant, (tx) => usageQuantities(tx, tenant, requests));
        const expected = windows.flatMap(({ from, to, cutoff }) => {
          const within = facts.filter(
            (fact) =>
              Temporal.Instant.compare(fact.time, at(from)) >= 0 &&
              Temporal.Instant.compare(fact.time, at(to)) < 0 &&
              (cutoff === null || fact.received < cutoff),
          );
          return MERGED_AGGREGATIONS.map((aggregation) => {
            const rollup = rollUp(
              within.map((f) => (aggregation === 'count' ? { ...f, value: decimal(1) } : f)),
            );
            return { quantity: printDecimal(quantityOf(aggregation, rollup)), eventCount: rollup.count };
          });
        });
        assert.deepEqual(
          read.map(({ quantity, eventCount }) => ({ quantity, eventCount })),
          expected,
        );
        const { differences } = await inTenant(sql, tenant, (tx) => recountRollups(tx, tenant));
        assert.deepEqual(differences, []);
      },
    ),
    { numRuns: 25 },
  );
});

test('a whole period comes from rollups, and a meter nobody has is an error', async () => {
  const { sql } = database;
  const { count } = await usageSetting(sql, 'ten_whole', {});
  await seedMeter(sql, 'ten_whole', { id: 'mtr_whole_b', aggregation: 'max' });
  await count([
    { id: '1', type: 'call', customer: 'cus_ten_whole', time: '2023-11-05T10:00:00Z', properties: { n: 4 } },
  ]);
  const whole = {
    customerId: 'cus_ten_whole',
    meterId: 'mtr_ten_whole',
    scopeId: '',
    from: MONTH,
    to: MONTH.add({ hours: 720 }),
    cutoff: null,
  };
  const read = await inTenant(sql, 'ten_whole', (tx) => usageQuantities(tx, 'ten_whole', [whole]));
  assert.deepEqual(read, [{ quantity: '4', eventCount: 1n, rolledUp: true }]);
  const edge = {
    ...whole,
    from: businessTime('2023-11-05T09:30:00Z'),
    to: businessTime('2023-11-05T10:00:00.000001Z'),
  };
  assert.deepEqual(await inTenant(sql, 'ten_whole', (tx) => usageQuantities(tx, 'ten_whole', [edge])), [
    { quantity: '4', eventCount: 1n, rolledUp: false },
  ]);
  await assert.rejects(
    inTenant(sql, 'ten_whole', (tx) => usageQuantities(tx, 'ten_whole', [{ ...whole, meterId: 'mtr_none' }])),
    /no meter mtr_none/,
  );
});

test('an hour that holds usage of several dimensions, some received after the cutoff, is counted once', async () => {
  const { sql } = database;
  const tenant = 'ten_split';
  const clock = manualClock('2023-12-01T00:30:00Z');
  const meters = [{ id: 'mtr_split', dimensions: ['model'] }];
  const { ingest, drain, call } = await usageSetting(sql, tenant, { clock, meters });
  for (const [id, n, model] of [
    ['in time', 4, 'small'],
    ['too late', 9, 'large'],
  ] as const) {
    await accepted(ingest, tenant, [call(id, n, { properties: { n, model } })]);
    await drain.run(new AbortController().signal);
    await clock.advance(3_600_000);
  }
  const request = {
    customerId: `cus_${tenant}`,
    meterId: 'mtr_split',
    scopeId: '',
    from: MONTH,
    to: MONTH.add({ hours: 720 }),
    cutoff: businessTime('2023-12-01T01:00:00Z'),
  };
  const [read] = await inTenant(sql, tenant, (tx) => usageQuantities(tx, tenant, [request]));
  assert.deepEqual([read?.quantity, read?.eventCount], ['4', 1n]);
});

test('meters that are walked once, walked twice and read from facts are answered in the order asked', async () => {
  const { sql } = database;
  const tenant = 'ten_mixed';
  const clock = manualClock('2023-12-01T00:30:00Z');
  const meters = [
    { id: 'mtr_mixed_sum' },
    { id: 'mtr_mixed_latest', aggregation: 'latest' },
    { id: 'mtr_mixed_daily', aggregation: 'latest', settings: { bucket: { unit: 'day', zone: 'UTC' } } },
    { id: 'mtr_mixed_max', aggregation: 'max' },
  ] as const;
  const { ingest, drain, call } = await usageSetting(sql, tenant, { clock, meters });
  for (const [id, n, time] of [
    ['first', 9, '2023-11-05T10:00:00Z'],
    ['second', 4, '2023-11-06T10:00:00Z'],
    ['too late', 70, '2023-11-06T10:20:00Z'],
  ] as const) {
    await accepted(ingest, tenant, [call(id, n, { time })]);
    await drain.run(new AbortController().signal);
    await clock.advance(1_200_000);
  }
  const cutoff = businessTime('2023-12-01T01:00:00Z');
  const requests = [...meters, ...meters].map(({ id }, index) => ({
    customerId: `cus_${tenant}`,
    meterId: id,
    scopeId: '',
    from: MONTH,
    to: MONTH.add({ hours: 720 }),
    cutoff: index < meters.length ? cutoff : null,
  }));
  const read = await inTenant(sql, tenant, (tx) => usageQuantities(tx, tenant, requests));
  assert.deepEqual(
    read.map(({ quantity }) => quantity),
    ['13', '4', '13', '9', '83', '70', '79', '70'],
  );
});
