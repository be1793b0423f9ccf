// Every example of docs/pricing.md costs what it says, and every charge model and term has one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { currency } from '#actors/money/currency.ts';
import { money, printMoney } from '#actors/money/money.ts';
import { parseUsagePrice } from '#actors/pricing/usage-price.ts';
import { priceTerms } from '#http/schemas/price-terms.ts';
import { type GivenPrice, type GivenUsage, rate } from '../../index.ts';

type Example = {
  readonly price: GivenPrice;
  readonly quantity: string | GivenUsage;
  readonly currency: string;
  readonly context?: object;
  readonly costs: string;
};

const page = readFileSync(join(import.meta.dirname, '../../docs/pricing.md'), 'utf8');
const examples = [...page.matchAll(/^```json example\n([\s\S]+?)^```$/gm)].map(
  ([, json = '']) => JSON.parse(json) as Example,
);

describe('docs/pricing.md', () => {
  for (const { price, quantity, context, costs, ...rest } of examples) {
    test(`${JSON.stringify(price)} costs ${costs}`, () => {
      const answer = rate(price, quantity, { ...rest, ...context });
      assert.ok(answer.ok, JSON.stringify(answer));
      const { amount, text } = answer.data;
      assert.equal(printMoney(money(BigInt(amount), currency(rest.currency))), `${rest.currency} ${costs}`);
      assert.ok(text.at(-1)?.includes(costs), text.join());
    });
  }

  test('has an example for every charge model and every term', () => {
    const unknown = parseUsagePrice({ model: { type: 'none' } });
    assert.ok(!('model' in unknown));
    const models = unknown[0]?.message.replace('must be one of ', '').split(', ') ?? [];
    assert.ok(models.length >= 9);
    const told = new Set(examples.map(({ price }) => price.model.type));
    assert.deepEqual(
      models.filter((model) => !told.has(model)),
      [],
    );
    const terms = new Set(examples.flatMap(({ price }) => Object.keys(price)));
    assert.deepEqual(
      Object.keys(priceTerms).filter((term) => !terms.has(term)),
      [],
    );
  });
});
