// A usage query says, for any windows of any zone, what a plain recount of the events says, and its windows add up to what
// billing counts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { contains } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { WINDOW_UNITS, windowAt } from '#actors/calendar/window.ts';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import { type Fact, quantityOf, rollUp } from '#actors/usage/aggregation.ts';
import { inTenant } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { createUsageReads } from '#runtime/usage/usage-reads.ts';
import { zone } from '#test/support/arbitrary-prices.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const AGGREGATIONS = ['count', 'sum', 'max', 'min', 'latest'] as const;
/** Two weeks around the end of summer time in Europe, ten minutes apart, so that many events share an instant. */
const START = Temporal.Instant.from('2023-10-22T17:20:00Z');
const at = (step: number): Temporal.Instant => START.add({ minutes: step * 10 });
const STEPS = 2_016;

const eventArbitrary = fc.record({
  step: fc.integer({ min: 0, max: STEPS }),
  n: fc.integer({ min: 0, max: 9_999 }).map((n) => printDecimal(decimal(n).div(1_000))),
  model: fc.constantFrom('small', 'large', undefined),
  customer: fc.integer({ min: 0, max: 1 }),
});
const askArbitrary = fc
  .record({
    from: fc.integer({ min: 0, max: STEPS }),
    length: fc.integer({ min: 1, max: STEPS }),
    /** Off the grid of the events, so that edges lie between them. */
    seconds: fc.constantFrom(0, 0, 90),
    window: fc.option(fc.constantFrom(...WINDOW_UNITS.filter((unit) => unit !== 'minute')), {
      nil: undefined,
    }),
    zone,
    groupBy: fc.constantFrom<string[][]>([], ['model'], ['customer'], ['customer', 'model']),
    filter: fc.constantFrom<{ model?: (string | null)[] }[]>(
      {},
      { model: ['small'] },
      { model: ['large', null] },
      { model: [null] },
    ),
    customers: fc.constantFrom<(number[] | undefined)[]>([0], [1], [0, 1], undefined),
  })
  .map(({ from, length, seconds, ...rest }) => ({
    ...rest,
    from: at(from).add({ seconds }),
    to: at(from + length).add({ seconds }),
  }));

test('windows hold what the events in them add up to, and together what billing counts', async () => {
  const { sql } = database;
  const { query } = createUsageReads(sql);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(eventArbitrary, { minLength: 1, maxLength: 40 }),
      fc.array(askArbitrary, { minLength: 1, maxLength: 6 }),
      async (events, asks) => {
        round += 1;
        const tenant = `ten_query${round}`;
        const customers: readonly string[] = [`cus_query${round}a`, `cus_query${round}b`];
        const meters = AGGREGATIONS.map((aggregation) => ({
          id: `mtr_${aggregation}${round}`,
          aggregation,
          dimensions: ['model'],
        }));
        const { count } = await usageSetting(sql, tenant, { meters, customers });
        await count(
          events.map(({ step, n, model, customer }, index) => ({
            id: String(index).padStart(3, '0'),
            type: 'call',
            customer: customers[customer] ?? '',
            time: instantText(at(step)),
            properties: { n, ...(model && { model }) },
          })),
        );
        const facts = events.map(
          (
            { step, n, model = null, customer },
            index,
          ): Fact & { model: string | null; customerId: string } => ({
            value: decimal(n),
            time: at(step),
            sequence: BigInt(index),
            model,
            customerId: customers[customer] ?? '',
          }),
        );

        for (const ask of asks) {
          const asked = ask.customers?.map((position) => customers[position] ?? '');
          const values = ask.filter.model;
          for (const { id: meter, aggregation } of meters) {
            const { from, to, window, groupBy, filter } = ask;
            const answer = await query(tenant, {
              meter,
              from: instantText(from),
              to: instantText(to),
              window,
              zone: ask.zone,
              groupBy,
              filter: { ...filter },
              ...(asked && { customers: asked }),
            });
            assert.ok(answer.ok, JSON.stringify(answer));
            let covered = 0n;
            for (const row of answer.data.rows) {
              const span = { start: Temporal.Instant.from(row.from), end: Temporal.Instant.from(row.to) };
              if (window !== undefined) {
                const whole = windowAt(span.start, window, ask.zone);
                assert.ok(
                  contains(whole, span.start) && contains(whole, span.end.subtract({ nanoseconds: 1 })),
                );
              }
              const within = facts.filter(
                (fact) =>
                  contains(span, fact.time) &&
                  (asked === undefined || asked.includes(fact.customerId)) &&
                  (values === undefined || values.includes(fact.model)) &&
                  (!groupBy.includes('customer') || fact.customerId === row.customerId) &&
                  (!groupBy.includes('model') || fact.model === row.dimensions['model']),
              );
              const rollup = rollUp(
                aggregation === 'count' ? within.map((f) => ({ ...f, value: decimal(1) })) : within,
              );
              covered += rollup.count;
              assert.equal(row.quantity ?? '0', printDecimal(quantityOf(aggregation, rollup)));
              assert.equal(row.eventCount, String(rollup.count));
            }
            const all = facts.filter(
              (fact) =>
                contains({ start: from, end: to }, fact.time) &&
                (asked === undefined || asked.includes(fact.customerId)) &&
                (values === undefined || values.includes(fact.model)),
            );
            assert.equal(covered, BigInt(all.length));
            if ((aggregation !== 'sum' && aggregation !== 'count') || values !== undefined) continue;
            const requests = (asked ?? customers).map((customerId) => ({
              customerId,
              meterId: meter,
              scopeId: '',
              from,
              to,
              cutoff: null,
            }));
            const billed = await inTenant(sql, tenant, (tx) => usageQuantities(tx, tenant, requests));
            const sum = (texts: readonly string[]): string =>
              printDecimal(sumDecimals(texts.map((text) => decimal(text))));
            assert.equal(
              sum(answer.data.rows.map(({ quantity }) => quantity ?? '0')),
              sum(billed.map(({ quantity }) => quantity)),
            );
          }
        }
      },
    ),
    { numRuns: 20 },
  );
});

describe('the answer', () => {
  const TENANT = 'ten_answer';
  const reads = () => createUsageReads(database.sql);
  const november = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };
  before(async () => {
    const meters = [
      { id: 'mtr_answer', dimensions: ['region', 'customer'] },
      { id: 'mtr_highest', aggregation: 'max' as const },
    ];
    const { count, call } = await usageSetting(database.sql, TENANT, { meters });
    await count([
      call('1', '1.5', { time: '2023-11-05T22:30:00Z', properties: { n: '1.5', region: 'eu' } }),
      call('2', '2', { time: '2023-11-05T23:30:00Z', properties: { n: '2', region: 'us' } }),
    ]);
  });

  test('holds every window, empty ones with zero, or with nothing where there is no zero', async () => {
    const days = await reads().query(TENANT, {
      meter: 'mtr_answer',
      ...november,
      window: 'day',
      zone: 'Europe/Berlin',
    });
    assert.ok(days.ok);
    // November of UTC begins and ends within a day of Berlin: the parts of both are there.
    assert.equal(days.data.rows.length, 31);
    assert.deepEqual(
      days.data.rows
        .filter(({ eventCount }) => eventCount !== '0')
        .map(({ from, quantity }) => [from, quantity]),
      [
        ['2023-11-04T23:00:00.000000Z', '1.5'],
        ['2023-11-05T23:00:00.000000Z', '2'],
      ],
    );
    assert.equal(days.data.rows[0]?.quantity, '0');
    const highest = await reads().query(TENANT, { meter: 'mtr_highest', ...november, window: 'week' });
    assert.ok(highest.ok);
    assert.deepEqual(
      highest.data.rows.map(({ from, quantity }) => [from.slice(0, 10), quantity]),
      [
        ['2023-11-01', '2'],
        ['2023-11-06', null],
        ['2023-11-13', null],
        ['2023-11-20', null],
        ['2023-11-27', null],
      ],
    );
  });

  test('repeats every group in every window', async () => {
    const halves = { from: '2023-11-05T22:00:00Z', to: '2023-11-06T00:00:00Z', window: 'hour' } as const;
    const split = await reads().query(TENANT, { meter: 'mtr_answer', ...halves, groupBy: ['region'] });
    assert.ok(split.ok);
    assert.deepEqual(
      split.data.rows.map(({ dimensions, quantity }) => [dimensions['region'], quantity]),
      [
        ['eu', '1.5'],
        ['us', '0'],
        ['eu', '0'],
        ['us', '2'],
      ],
    );
  });

  test("takes a meter's own dimension for what it is, even if it is called customer", async () => {
    const split = await reads().query(TENANT, { meter: 'mtr_answer', ...november, groupBy: ['customer'] });
    assert.ok(split.ok);
    assert.deepEqual(
      split.data.rows.map(({ customerId, dimensions }) => [customerId, dimensions]),
      [[null, { customer: null }]],
    );
  });

  const refused = [
    ['not_found', '/meter', { meter: 'none' }],
    ['not_found', '/customers', { customers: ['cus_ten_answer', 'nobody'] }],
    ['invalid_request', '/to', { to: november.from }],
    ['unknown_zone', '/zone', { zone: 'Mars/Olympus' }],
    ['unknown_dimension', '/groupBy', { groupBy: ['colour'] }],
    ['unknown_dimension', '/filter', { filter: { colour: ['red'] } }],
    ['too_many_windows', '/window', { window: 'minute' }],
    ['invalid_payload', '/from', { from: 'yesterday' }],
    ['invalid_payload', '', { page: 1 }],
  ] as const;
  for (const [code, pointer, asked] of refused) {
    test(`is refused with ${code} for ${JSON.stringify(asked)}`, async () => {
      const answer = await reads().query(TENANT, { meter: 'mtr_answer', ...november, ...(asked as object) });
      assert.ok(!answer.ok);
      assert.deepEqual([answer.code, answer.pointer], [code, pointer]);
    });
  }

  test('is refused when windows times groups are too many, and never cut off', async () => {
    const minutes = { from: '2023-11-02T00:00:00Z', to: '2023-11-07T00:00:00Z', window: 'minute' } as const;
    const fits = await reads().query(TENANT, { meter: 'mtr_answer', ...minutes });
    assert.ok(fits.ok && fits.data.rows.length === 7_200);
    const split = await reads().query(TENANT, { meter: 'mtr_answer', ...minutes, groupBy: ['region'] });
    assert.ok(!split.ok);
    assert.deepEqual([split.code, split.pointer], ['too_many_groups', '/groupBy']);
  });
});
