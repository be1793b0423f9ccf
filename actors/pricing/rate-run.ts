// Owns rating what a run counted: the fee or usage of one charge, from values as they are stored. The turn, the doctor
// and every explanation come through here, so that they cannot disagree.
import { period } from '#actors/calendar/period.ts';
import type { Currency } from '#actors/money/currency.ts';
import { decimal } from '#actors/money/decimal.ts';
import { feeModel } from '#actors/pricing/fee-model.ts';
import type { Metered } from '#actors/pricing/metered.ts';
import { type RatedUsage, rateUsage } from '#actors/pricing/rate-usage.ts';
import type { RatingContext, Share } from '#actors/pricing/rating-context.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { QuantityParts } from '#actors/state/facts.ts';
import type { StoredPeriod, StoredShare, Surroundings, UnitRate } from '#actors/state/run-explanation.ts';
import type { DecimalText } from '#actors/state/scalars.ts';

export type Counted = {
  /** Metered for usage, of the item for a fee. */
  readonly quantity: DecimalText;
  readonly eventCount: bigint;
  readonly metered?: QuantityParts | undefined;
};

export type RunContext = {
  readonly currency: Currency;
  readonly around?: Surroundings | undefined;
  /** Absent: the period is over, as it is for every run. */
  readonly isFinal?: boolean;
};

/** A flat amount is the price of one unit of the item. The period is over. */
export function rateFee(
  price: UsagePrice,
  quantity: DecimalText,
  { currency, around }: Pick<RunContext, 'currency' | 'around'>,
): RatedUsage {
  const model = feeModel(price.model, quantity);
  return rateUsage(
    model === price.model ? price : { ...price, model },
    { quantity: decimal(quantity) },
    around?.unitRate === undefined ? { currency } : { currency, unit: unitOf(around.unitRate) },
  );
}

/** Throws RangeError when a part that the price is rated on is not there. */
export function rateCounted(
  price: UsagePrice,
  counted: Counted,
  { currency, around, isFinal }: RunContext,
): RatedUsage {
  const { quantity, eventCount, metered } = counted;
  const read: Metered = {
    quantity: decimal(quantity),
    paidEvents: eventCount,
    ...(metered !== undefined && partsOf(metered)),
  };
  const context = around === undefined ? { currency } : contextOf(currency, around);
  return rateUsage(price, read, isFinal === undefined ? context : { ...context, isFinal });
}

function partsOf({
  windows,
  groups,
  events,
  eventAmount,
  paidEvents,
}: QuantityParts): Omit<Metered, 'quantity'> {
  return {
    ...(windows !== undefined && { windows: windows.map((each) => decimal(each)) }),
    ...(groups !== undefined && {
      groups: groups.map(({ values, quantity }) => ({ values, quantity: decimal(quantity) })),
    }),
    ...(events !== undefined && { events: events.map((each) => decimal(each)) }),
    ...(eventAmount !== undefined && { eventAmount: decimal(eventAmount) }),
    ...(paidEvents !== undefined && { paidEvents: BigInt(paidEvents) }),
  };
}

function contextOf(currency: Currency, around: Surroundings): RatingContext {
  const { share, termShare, isTermEnd, before, unitRate } = around;
  return {
    currency,
    ...(share !== undefined && { share: shareOf(share) }),
    ...(termShare !== undefined && { termShare: shareOf(termShare) }),
    ...(isTermEnd !== undefined && { isTermEnd }),
    ...(unitRate !== undefined && { unit: unitOf(unitRate) }),
    ...(before !== undefined && {
      before: { quantity: decimal(before.quantity), amount: BigInt(before.amount) },
    }),
  };
}

function unitOf({ unit, rate }: UnitRate): NonNullable<RatingContext['unit']> {
  return { key: unit, rate: decimal(rate) };
}

function shareOf({ part, whole }: StoredShare): Share {
  const read = ([start, end]: StoredPeriod) =>
    period(Temporal.Instant.from(start), Temporal.Instant.from(end));
  return { part: read(part), whole: read(whole) };
}
