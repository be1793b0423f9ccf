// Laws of prices with terms: parts add up, limits hold, more use never costs less, nothing depends on the order of groups.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, sumDecimals } from '#actors/money/decimal.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import { ratePercentage } from '#actors/pricing/models/percentage.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import {
  anyCurrency,
  decimalOf,
  graduatedOf,
  quantity,
  risingPrice,
} from '#test/support/arbitrary-prices.ts';

const text = (whole: number, fraction: number) =>
  decimalOf(whole, fraction).map((value) => value.plus('0.01').toFixed());
const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : { [name]: found }));

const conversion = fc.record({
  operation: fc.constantFrom('divide', 'multiply'),
  factor: text(3, 2),
  rounding: fc.constantFrom('none', 'up', 'down', 'nearest'),
});
const commitment = fc.record({
  type: fc.constantFrom('amount', 'quantity'),
  value: text(4, 2),
  overageFactor: decimalOf(1, 2).map((value) => value.plus(1).toFixed()),
  trueUp: fc.boolean(),
});

/** Prices of units with any terms that the border takes. */
const usagePrice: fc.Arbitrary<UsagePrice> = fc
  .tuple(
    risingPrice.filter((model) => model.type !== 'flat'),
    optional('conversion', conversion),
    optional('freeUnits', fc.record({ quantity: text(3, 2) })),
    optional(
      'discountPercent',
      decimalOf(2, 2).map((value) => value.toFixed()),
    ),
    optional('commitment', commitment),
    optional('maximum', text(5, 2)),
    optional('minimum', text(2, 2)),
  )
  .map(([model, ...terms]) => parseUsagePrice(Object.assign({ model }, ...terms)))
  .filter((read): read is UsagePrice => 'model' in read);

test('the amount is what was listed plus every adjustment, and all of it is explained', () => {
  fc.assert(
    fc.property(usagePrice, quantity, anyCurrency, (price, used, currency) => {
      const rated = rateUsage(price, { quantity: used }, { currency });
      const adjusted = rated.adjustments.reduce((sum, { amount }) => sum + BigInt(amount), rated.listed);
      assert.equal(rated.amount, adjusted);
      assert.equal(rated.listed, roundToMinor(rated.exact, currency));
      const steps = sumDecimals(rated.steps.map((step) => decimal(step.subtotal)));
      assert.ok(steps.equals(rated.exact));
      assert.ok(explainUsage(rated).length > rated.steps.length + rated.adjustments.length);
    }),
  );
});

test('more use never costs less, also while the period goes on', () => {
  fc.assert(
    fc.property(
      usagePrice,
      quantity,
      quantity,
      fc.boolean(),
      anyCurrency,
      (price, one, two, isFinal, currency) => {
        const [less, more] = one.lessThan(two) ? [one, two] : [two, one];
        const cost = (used: typeof one) => rateUsage(price, { quantity: used }, { currency, isFinal }).amount;
        assert.ok(cost(less) <= cost(more));
      },
    ),
  );
});

test('the end of a period takes nothing back, and limits hold', () => {
  fc.assert(
    fc.property(usagePrice, quantity, anyCurrency, (price, used, currency) => {
      const cost = (isFinal: boolean) => rateUsage(price, { quantity: used }, { currency, isFinal }).amount;
      assert.ok(cost(false) <= cost(true));
      assert.ok(cost(false) >= 0n);
      if (price.maximum !== undefined)
        assert.ok(cost(true) <= roundToMinor(decimal(price.maximum), currency));
      if (price.minimum !== undefined)
        assert.ok(cost(true) >= roundToMinor(decimal(price.minimum), currency));
    }),
  );
});

test('a commitment that is met exactly costs what was committed', () => {
  fc.assert(
    fc.property(text(5, 2), fc.boolean(), anyCurrency, (value, trueUp, currency) => {
      const committed = { type: 'amount', value, overageFactor: '3', trueUp, over: 'period' } as const;
      const model = { type: 'per_unit', unitAmount: value } as const;
      const { amount } = rateUsage({ model, commitment: committed }, { quantity: decimal(1) }, { currency });
      assert.equal(amount, roundToMinor(decimal(value), currency));
    }),
  );
});

test('windows that are priced alone cost what each costs, and one window what the period costs', () => {
  fc.assert(
    fc.property(
      graduatedOf(true),
      fc.array(quantity, { minLength: 1 }),
      anyCurrency,
      (model, windows, currency) => {
        const rate = (parts: typeof windows) =>
          rateUsage(
            { model, ratedPer: 'day' },
            { quantity: sumDecimals(parts), windows: parts },
            { currency },
          ).exact;
        const apart = sumDecimals(windows.map((window) => rate([window])));
        assert.ok(rate(windows).equals(apart));
        const [first] = windows;
        assert.ok(first !== undefined);
        assert.ok(rate([first]).equals(rateUsage({ model }, { quantity: first }, { currency }).exact));
      },
    ),
  );
});

test('the order of groups does not change what a matrix costs', () => {
  const cell = fc.record({
    when: fc.dictionary(fc.constantFrom('region', 'size'), fc.constantFrom('a', 'b'), { minKeys: 1 }),
    unitAmount: text(2, 4),
  });
  const group = fc.record({
    values: fc.dictionary(fc.constantFrom('region', 'size'), fc.constantFrom('a', 'b', 'c')),
    quantity,
  });
  const shuffled = fc
    .array(group, { maxLength: 8 })
    .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1, maxLength: 5 }),
      shuffled,
      anyCurrency,
      (cells, [one, two], currency) => {
        const model = { type: 'matrix', cells, defaultUnitAmount: '1' } as const;
        const rate = (groups: typeof one) =>
          rateUsage({ model }, { quantity: decimal(0), groups }, { currency }).exact;
        assert.ok(rate(one).equals(rate(two)));
      },
    ),
  );
});

test('a term about single events that does not bind changes nothing, whatever corrections there are', () => {
  const value = fc
    .tuple(decimalOf(4, 2), fc.boolean())
    .map(([some, isBelow]) => (isBelow ? some.neg() : some));
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 20 }),
      decimalOf(1, 3),
      decimalOf(1, 2),
      (events, rate, fixed) => {
        const model = {
          type: 'percentage',
          ratePercent: rate.toFixed(),
          fixedAmount: fixed.toFixed(),
        } as const;
        const paidEvents = BigInt(events.filter((event) => !event.lessThan(0)).length);
        const metered = { quantity: sumDecimals(events), events, paidEvents };
        const plain = ratePercentage(model, metered).exact;
        const wide = ratePercentage({ ...model, eventMinimum: '0', eventMaximum: '1000000' }, metered).exact;
        assert.equal(wide.toFixed(), plain.toFixed());
      },
    ),
  );
});

test('percentages of events without bounds cost what their sum costs, and bounds hold for each', () => {
  const value = decimalOf(4, 2);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), decimalOf(1, 3), (events, rate) => {
      const ratePercent = rate.toFixed();
      const metered = { quantity: sumDecimals(events), events, paidEvents: BigInt(events.length) };
      const whole = ratePercentage({ type: 'percentage', ratePercent }, metered).exact;
      const wide = { eventMinimum: '0', eventMaximum: '1000000' };
      assert.ok(ratePercentage({ type: 'percentage', ratePercent, ...wide }, metered).exact.equals(whole));
      const narrow = ratePercentage(
        { type: 'percentage', ratePercent, eventMinimum: '1', eventMaximum: '2' },
        metered,
      ).exact;
      assert.ok(narrow.greaterThanOrEqualTo(events.length) && narrow.lessThanOrEqualTo(2 * events.length));
      const freed = ratePercentage(
        { type: 'percentage', ratePercent, freeAmount: '50', freeEvents: 3 },
        metered,
      );
      assert.ok(freed.exact.lessThanOrEqualTo(whole));
    }),
  );
});
