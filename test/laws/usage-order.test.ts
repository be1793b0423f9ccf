// Laws of usage in Postgres: neither order, repetition nor batches of events change what any price makes of them, and every
// digit of a value comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { decimal, printDecimal } from '#actors/money/decimal.ts';
import { rateCounted } from '#actors/pricing/rate-run.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { Meter } from '#actors/usage/meter.ts';
import { inTenant } from '#db/scope.ts';
import { usageQuantities } from '#db/usage-quantity.ts';
import { type SplitQuantity, splitQuantities } from '#db/usage-split.ts';
import { anyCurrency } from '#test/support/arbitrary-prices.ts';
import { anyUsagePrice, meteredOf, type PricedEvent, pricedEvent } from '#test/support/arbitrary-usage.ts';
import { type TestDatabase, testDatabase } from '#test/support/database.ts';
import { fractionOf } from '#test/support/fraction.ts';
import { naiveAmount } from '#test/support/naive-pricing.ts';
import { usageSetting } from '#test/support/usage.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const START = Temporal.Instant.from('2023-11-01T00:00:00Z');
const PERIOD = period(START, START.add({ hours: 96 }));
const PRICED: Partial<Meter> = { dimensions: ['region', 'size'], settings: { amountProperty: 'price' } };
const SPLIT = {
  window: { unit: 'day', zone: 'UTC' },
  dimensions: ['region', 'size'],
  events: true,
  eventAmount: true,
} as const;

let tenants = 0;

/** What a new tenant counts when the events come in these batches; an event is known by its place in the list. */
async function counted(
  events: readonly PricedEvent[],
  batches: readonly (readonly number[])[],
): Promise<SplitQuantity> {
  tenants += 1;
  const tenant = `ten_order${tenants}`;
  const meterId = `mtr_order${tenants}`;
  const { call, count } = await usageSetting(database.sql, tenant, { meters: [{ ...PRICED, id: meterId }] });
  for (const batch of batches.filter(({ length }) => length > 0)) {
    await count(
      batch.flatMap((index) => {
        const event = events[index];
        if (event === undefined) return [];
        const { value, price, region, size, day } = event;
        // One instant for each, so that order is a matter of time alone.
        const time = instantText(START.add({ hours: 24 * day, seconds: index }));
        const n = printDecimal(value);
        const dimensions = { ...(region !== undefined && { region }), ...(size !== undefined && { size }) };
        const properties = { n, price: printDecimal(price), ...dimensions };
        return [call(String(index), n, { time, properties })];
      }),
    );
  }
  const asked = { customerId: `cus_${tenant}`, meterId, scopeId: '', cutoff: null, split: SPLIT };
  const [read] = await inTenant(database.sql, tenant, (tx) =>
    splitQuantities(tx, tenant, [{ ...asked, from: PERIOD.start, to: PERIOD.end }]),
  );
  assert.ok(read);
  return read;
}

const shuffled = fc
  .array(pricedEvent, { minLength: 1, maxLength: 12 })
  // In order of time.
  .map((events) => events.toSorted((a, b) => a.day - b.day))
  .chain((events) => {
    const places = events.map((_, index) => index);
    const order = fc.shuffledSubarray(places, { minLength: places.length });
    return fc.tuple(fc.constant(events), order, fc.array(fc.constantFrom(...places)), fc.nat(events.length));
  });

test('order, repetition and batches change no amount of any price', async () => {
  await fc.assert(
    fc.asyncProperty(
      shuffled,
      fc.array(fc.tuple(anyUsagePrice, anyCurrency), { minLength: 20, maxLength: 20 }),
      async ([events, order, again, cut], prices) => {
        const plain = await counted(events, [events.map((_, index) => index)]);
        const mixed = await counted(events, [order.slice(0, cut), again, order.slice(cut), again]);
        assert.deepEqual(mixed, plain);
        for (const [price, currency] of prices) assertCosts(price, currency, { events, plain, mixed });
      },
    ),
    { numRuns: 15 },
  );
});

type Told = {
  readonly events: readonly PricedEvent[];
  readonly plain: SplitQuantity;
  readonly mixed: SplitQuantity;
};

/** What is read from Postgres costs what the events themselves say. */
function assertCosts(
  price: UsagePrice,
  currency: Parameters<typeof naiveAmount>[2]['currency'],
  { events, plain, mixed }: Told,
): void {
  const around = { before: { quantity: '0', amount: '0' }, isTermEnd: true } as const;
  const [one, other] = [plain, mixed].map((read) => rateCounted(price, read, { currency, around }));
  assert.deepEqual(other, one);
  const none = { quantity: fractionOf(0n), amount: 0n };
  const said = naiveAmount(price, meteredOf(events), {
    currency,
    isFinal: true,
    isTermEnd: true,
    before: none,
  });
  assert.equal(one?.amount, said.amount);
}

test('thirty digits on each side of the point come back from Postgres', async () => {
  const long = fc.bigInt({ min: 10n ** 29n, max: 10n ** 30n - 1n });
  const value = fc.tuple(long, long).map(([whole, places]) => `${whole}.${places}`);
  const digits = fc.array(value, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(digits, async (values) => {
      tenants += 1;
      const tenant = `ten_digits${tenants}`;
      const kinds = ['sum', 'max', 'min', 'latest'] as const;
      const meters = kinds.map((aggregation) => ({ id: `mtr_${aggregation}${tenants}`, aggregation }));
      const { call, count } = await usageSetting(database.sql, tenant, { meters });
      await count(
        values.map((n, index) =>
          call(String(index), n, { time: instantText(START.add({ minutes: index * 50 })) }),
        ),
      );
      const asked = {
        customerId: `cus_${tenant}`,
        scopeId: '',
        from: PERIOD.start,
        to: PERIOD.end,
        cutoff: null,
      };
      const read = await inTenant(database.sql, tenant, (tx) =>
        usageQuantities(
          tx,
          tenant,
          meters.map(({ id: meterId }) => ({ ...asked, meterId })),
        ),
      );
      const exact = values.map((text) => decimal(text)).toSorted((a, b) => a.comparedTo(b));
      const sum = exact.reduce((left, right) => left.plus(right));
      const expected = [sum, exact.at(-1), exact[0], decimal(values.at(-1) ?? '0')];
      assert.deepEqual(
        read.map(({ quantity }) => quantity),
        expected.map((one) => one && printDecimal(one)),
      );
    }),
    { numRuns: 10 },
  );
});
