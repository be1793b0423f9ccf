// Owns computing a booked amount again from what is stored: the published price, the run's figures, its explanation.
import type { Currency } from '#actors/money/currency.ts';
import { rateCounted, rateFee } from '#actors/pricing/rate-run.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { QuantityParts } from '#actors/state/facts.ts';
import type { RunExplanation } from '#actors/state/run-explanation.ts';
import type { DecimalText } from '#actors/state/scalars.ts';

export type StoredRun = {
  readonly price: UsagePrice;
  readonly kind: 'flat_fee' | 'usage_based';
  readonly currency: Currency;
  readonly quantity: DecimalText;
  readonly eventCount: bigint;
  readonly explanation: RunExplanation;
  /** Parts of the usage that were read again, where the run kept none. */
  readonly parts?: QuantityParts | undefined;
};

/** Throws RangeError when the run did not keep the parts of its usage and none are given. */
export function rateStored({ price, kind, currency, ...run }: StoredRun): RatedUsage {
  const { quantity, eventCount, explanation } = run;
  if (kind === 'flat_fee') return rateFee(price, quantity, { currency, around: explanation.around });
  const metered = explanation.parts ?? run.parts;
  return rateCounted(price, { quantity, eventCount, metered }, { currency, around: explanation.around });
}
