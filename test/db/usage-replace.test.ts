// Facts are replaced while drains count: rollups are what a recount gives, whatever is amended, retracted or repeated.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { instantText } from '#actors/calendar/time.ts';
import { decimal, printDecimal, sumDecimals } from '#actors/money/decimal.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { inTenant } from '#db/scope.ts';
import { loadMeters } from '#db/usage-catalog.ts';
import { recountRollups } from '#db/usage-recount.ts';
import { replaceFacts } from '#db/usage-replace.ts';
import { createUsageReads } from '#runtime/usage/usage-reads.ts';
import { wantedFacts } from '#runtime/usage/wanted-facts.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { drainOver, usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ max: 8 });
});
after(() => database.close());

const START = Temporal.Instant.from('2023-11-05T10:00:00Z');
/** Twenty minutes apart: three to an hour. */
const at = (step: number): string => instantText(START.add({ minutes: 20 * step }));
const AT = '2023-12-01T12:00:00.000000Z';
const MONTH = { from: '2023-11-01T00:00:00Z', to: '2023-12-01T00:00:00Z' };

const event = fc.record({
  step: fc.integer({ min: 0, max: 8 }),
  n: fc.integer({ min: -50, max: 999 }),
  model: fc.constantFrom('small', 'large'),
});
/** What happens to one of the events: nothing left of it, or other values, maybe at another time. */
const change = fc.record({
  which: fc.nat(),
  to: fc.option(event, { nil: undefined }),
});

test('any changes leave rollups that equal a recount, also beside drains, and doing them again changes nothing', async () => {
  const { sql } = database;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 25 }),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.array(event, { maxLength: 10 }),
      async (events, changes, during) => {
        round += 1;
        const tenant = `ten_replace${round}`;
        const settings = { acceptsNegative: true };
        const meters = (['sum', 'max', 'latest', 'count'] as const).map((aggregation) => ({
          id: `mtr_${aggregation}_r${round}`,
          aggregation,
          dimensions: aggregation === 'sum' ? ['model'] : [],
          settings: aggregation === 'count' ? {} : settings,
        }));
        const { count, ingest, call } = await usageSetting(sql, tenant, { meters });
        const report = ({ step, n, model }: (typeof events)[number], id: string) =>
          call(id, n, { time: at(step), properties: { n, model } });
        await count(events.map((one, index) => report(one, `a${index}`)));
        const refs = await inTenant(
          sql,
          tenant,
          (tx) => tx<{ id: string; key: string }[]>`
          select id::text, event_id as key from usage_events`,
        );
        const refOf = new Map(refs.map(({ id, key }) => [key, id]));
        const known = (await inTenant(sql, tenant, (tx) => loadMeters(tx, tenant)))
          .meters as readonly Meter[];

        const now = new Map(
          events.map((one, index) => [`a${index}`, one as (typeof events)[number] | undefined]),
        );
        const replace = async (key: string, to: (typeof events)[number] | undefined) => {
          const ref = refOf.get(key) ?? '';
          const wanted = to === undefined ? [] : wantedFacts(ref, { n: to.n, model: to.model }, known).facts;
          const moved = to === undefined ? {} : { movedTo: at(to.step) };
          const common = { tenantId: tenant, refs: [ref], meters: known.map(({ id }) => id) };
          return inTenant(sql, tenant, (tx) => replaceFacts(tx, { ...common, wanted, at: AT, ...moved }));
        };
        const work = async () => {
          for (const { which, to } of changes) {
            const key = `a${which % events.length}`;
            await replace(key, to);
            now.set(key, to);
            assert.deepEqual((await replace(key, to)).changed, 0);
          }
        };
        const drain = drainOver(sql);
        const drains = async () => {
          for (const [index, one] of during.entries()) {
            await ingest.accept(tenant, [report(one, `b${index}`)]);
            await drain.run(new AbortController().signal);
          }
        };
        await Promise.all([work(), drains()]);

        const { differences } = await inTenant(sql, tenant, (tx) => recountRollups(tx, tenant));
        assert.deepEqual(differences, []);
        const left = [...[...now.values()].filter((one) => one !== undefined), ...during];
        const sum = await createUsageReads(sql).query(tenant, { meter: `mtr_sum_r${round}`, ...MONTH });
        assert.ok(sum.ok);
        const [total] = sum.data.rows;
        assert.equal(total?.quantity, printDecimal(sumDecimals(left.map(({ n }) => decimal(n)))));
        assert.equal(total?.eventCount, String(left.length));
      },
    ),
    { numRuns: 15 },
  );
});
