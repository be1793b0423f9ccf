// Owns reading and rating a charge model alone, through the functions that read every price and rate every line.
import type { Currency } from '#actors/money/currency.ts';
import type { Dec } from '#actors/money/decimal.ts';
import { type PriceProblem, readFields } from '#actors/pricing/fields.ts';
import { type RatedUsage, rateUsage } from '#actors/pricing/rate-usage.ts';
import { parseUsageModel, type UsageModel } from '#actors/pricing/usage-model.ts';

export function rate(model: UsageModel, quantity: Dec, currency: Currency): RatedUsage {
  return rateUsage({ model }, { quantity }, { currency });
}

/** Every problem with a pointer relative to the model, or the model. */
export function parsePriceModel(json: unknown): UsageModel | readonly PriceProblem[] {
  const problems: PriceProblem[] = [];
  const fields = readFields(json, '', problems);
  const model = fields === undefined ? undefined : parseUsageModel(fields);
  return model === undefined || problems.length > 0 ? problems : model;
}
