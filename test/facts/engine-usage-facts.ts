// Owns how facts on metering of the systems that this project replaces are tried: events go through ingest into Postgres.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Period, period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { currency } from '#actors/money/currency.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { measured, stageOf } from './counted.ts';
import { type Runner, runner } from './facts.ts';
import { instant, instants, usagePrice } from './shapes.ts';

const START = Temporal.Instant.from('2026-01-01T00:00:00Z');
const YEAR: Period = period(START, START.add({ hours: 24 * 365 }));
const days = (count: number): Temporal.Instant => START.add({ hours: 24 * count });

const facts = <G extends z.ZodType, W extends z.ZodType, E extends z.ZodRawShape>(
  given: G,
  when: W,
  expect: E,
) => z.strictObject({ given, when, expect: z.strictObject(expect) });

const keyed = z.strictObject({ key: z.string(), value: z.int() });
const nothing = z.strictObject({});
const aggregations = { count: 'count', last: 'latest', sum: 'sum', max: 'max' } as const;

/** What is there, then what comes: its outcome, and the sum after it. */
async function ingested(stored: z.output<typeof keyed>, coming: z.output<typeof keyed>) {
  const { call, count, quantity } = await stageOf({});
  const at = { time: '2026-01-02T00:00:00Z' };
  await count([call(stored.key, stored.value, at)]);
  const [outcome] = await count([call(coming.key, coming.value, at)]);
  return { outcome, sum: (await quantity(YEAR)).quantity };
}

export const ENGINE_METERING: readonly Runner[] = [
  runner(
    facts(
      z.strictObject({ aggregation: z.literal('time-weighted average'), periodDays: z.int() }),
      z.strictObject({ samples: z.array(z.strictObject({ gb: z.int(), days: z.int() })) }),
      { gbMonth: z.string() },
    ),
    async ({ given, when, expect }) => {
      let passed = 0;
      const events = when.samples.map(({ gb, days: held }) => {
        const at = days(passed);
        passed += held;
        return [at, String(gb)] as const;
      });
      const within = period(START, days(given.periodDays));
      const { quantity } = await measured({ aggregation: 'time_weighted_average' }, events, within);
      assert.equal(printDecimal(quantity), expect.gbMonth);
    },
  ),
  runner(
    facts(z.strictObject({ stored: z.tuple([keyed]) }), z.strictObject({ ingest: keyed }), {
      created: z.int(),
      duplicates: z.int(),
      sum: z.int(),
    }),
    async ({ given, when, expect }) => {
      const { outcome, sum } = await ingested(given.stored[0], when.ingest);
      assert.deepEqual(
        { created: Number(outcome === 'created'), duplicates: Number(outcome === 'duplicate') },
        { created: expect.created, duplicates: expect.duplicates },
      );
      assert.equal(sum, String(expect.sum));
    },
  ),
  runner(
    facts(z.strictObject({ stored: z.tuple([keyed]) }), z.strictObject({ ingest: keyed }), {
      error: z.literal('idempotency_conflict'),
      sum: z.int(),
    }),
    async ({ given, when, expect }) =>
      assert.deepEqual(await ingested(given.stored[0], when.ingest), {
        outcome: 'conflict',
        sum: String(expect.sum),
      }),
  ),
  runner(
    facts(nothing, z.literal('20 parallel ingests with the same key'), {
      created: z.int(),
      duplicates: z.int(),
      rows: z.int(),
    }),
    async ({ expect }) => {
      const stage = await stageOf({ aggregation: 'count' });
      const { tenant, call, ingest, drain, results, quantity } = stage;
      const event = call('k1', 1, { time: '2026-01-02T00:00:00Z' });
      const accepted = await Promise.all(Array.from({ length: 20 }, () => ingest.accept(tenant, [event])));
      await drain.run(new AbortController().signal);
      const outcomes = await Promise.all(
        accepted.map((one) => {
          assert.ok(one.kind === 'accepted');
          return results(one.receipt);
        }),
      );
      const of = (name: string): number => outcomes.flat().filter((one) => one === name).length;
      assert.deepEqual(
        {
          created: of('created'),
          duplicates: of('duplicate'),
          rows: Number((await quantity(YEAR)).quantity),
        },
        expect,
      );
    },
  ),
  runner(
    facts(
      z.strictObject({ stored: z.tuple([z.strictObject({ meter: z.string(), key: z.string() })]) }),
      z.strictObject({ ingest: z.strictObject({ meter: z.string(), key: z.string() }) }),
      { created: z.int() },
    ),
    async ({ given, when, expect }) => {
      const { call, count } = await stageOf({}, { eventType: 'other' });
      const event = ({ meter, key }: { meter: string; key: string }) =>
        call(key, 1, { type: meter === 'A' ? 'call' : 'other', time: '2026-01-02T00:00:00Z' });
      await count([event(given.stored[0])]);
      const [outcome] = await count([event(when.ingest)]);
      assert.equal(Number(outcome === 'created'), expect.created);
    },
  ),
  runner(
    facts(nothing, z.strictObject({ batch: z.array(z.enum(['ok', 'INVALID'])) }), {
      decision: z.literal('whole batch refused 400 with the index, nothing stored'),
    }),
    async ({ when }) => {
      const { tenant, call, ingest, drain, quantity } = await stageOf({ aggregation: 'count' });
      const events = when.batch.map((said, index) =>
        call(String(index), 1, {
          time: '2026-01-02T00:00:00Z',
          ...(said === 'INVALID' && { type: '' }),
        }),
      );
      const refused = await ingest.accept(tenant, events);
      assert.ok(refused.kind !== 'accepted');
      assert.match(JSON.stringify(refused), /\/1\//);
      await drain.run(new AbortController().signal);
      assert.equal((await quantity(YEAR)).quantity, '0');
    },
  ),
  runner(
    facts(
      z.strictObject({ events: z.array(z.strictObject({ ts: z.int(), v: z.int() })) }),
      z.strictObject({ aggregation: z.enum(['count', 'last', 'sum', 'max']) }),
      { value: z.int() },
    ),
    async ({ given, when, expect }) => {
      const events = given.events.map(({ ts, v }) => [START.add({ seconds: ts }), String(v)] as const);
      const { quantity } = await measured({ aggregation: aggregations[when.aggregation] }, events, YEAR);
      assert.equal(printDecimal(quantity), String(expect.value));
    },
  ),
  runner(
    facts(z.strictObject({ period: instants, events: z.array(instant) }), z.literal('sum of ones'), {
      period1: z.int(),
      period2: z.int(),
    }),
    async ({ given, expect }) => {
      const { call, count, quantity } = await stageOf({});
      await count(given.events.map((time, index) => call(String(index), 1, { time: instantText(time) })));
      const next = period(given.period.end, given.period.end.add({ hours: 24 * 28 }));
      const [one, two] = [await quantity(given.period), await quantity(next)];
      assert.deepEqual({ period1: Number(one.quantity), period2: Number(two.quantity) }, expect);
    },
  ),
  runner(
    facts(
      z.strictObject({ event: z.literal('exactly at period start, no watermark yet') }),
      z.literal('item aggregation'),
      { counted: z.boolean() },
    ),
    async ({ expect }) => {
      const { eventCount } = await measured({}, [[START, '1']], YEAR);
      assert.equal(eventCount === 1, expect.counted);
    },
  ),
  runner(
    facts(nothing, z.literal('timestamp now - 36 days'), { error: z.literal('timestamp_too_old') }),
    async () => {
      const { call, count } = await stageOf({});
      const [outcome] = await count([call('old', 1, { time: '2026-11-26T00:00:00Z' })]);
      assert.ok(outcome === undefined, `it was ${outcome ?? ''}`);
    },
  ),
  runner(
    facts(nothing, z.strictObject({ value: z.int() }), {
      decision: z.literal(
        'allowed only as an explicit correction; period total never below zero on the invoice',
      ),
    }),
    async ({ when }) => {
      const { tenant, call, ingest } = await stageOf({});
      const event = call('minus', when.value, { time: '2026-01-02T00:00:00Z' });
      const plain = await ingest.accept(tenant, [event]);
      assert.ok(plain.kind !== 'accepted' && JSON.stringify(plain).includes('negative_value'));
      const said = [[days(1), String(when.value)] as const];
      const { quantity } = await measured({ settings: { acceptsNegative: true } }, said, YEAR);
      assert.ok(quantity.equals(decimal(when.value)));
      const price = usagePrice({ model: { type: 'per_unit', unitAmount: '3' } });
      assert.equal(rateUsage(price, { quantity }, { currency: currency('USD') }).amount, 0n);
    },
  ),
];
