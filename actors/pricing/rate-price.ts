// Owns rating a price that somebody gives, for a quantity that somebody gives: what an invoice line would say, from the
// functions that make invoice lines. Refuses stored prices, charges and bookings.
import { printDecimal } from '#actors/money/decimal.ts';
import type { Adjustment } from '#actors/pricing/adjustments.ts';
import { explainUsage } from '#actors/pricing/explain-usage.ts';
import type { PriceProblem } from '#actors/pricing/fields.ts';
import { type GivenContext, readContext } from '#actors/pricing/given-context.ts';
import { type GivenUsage, readUsage } from '#actors/pricing/given-usage.ts';
import { type Counted, type RunContext, rateCounted, rateFee } from '#actors/pricing/rate-run.ts';
import type { RatedUsage } from '#actors/pricing/rate-usage.ts';
import type { RatingStep } from '#actors/pricing/rating-step.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { DecimalText } from '#actors/state/scalars.ts';

/** A price as a plan takes it: its charge model and its terms. They are read, so what is wrong is refused by its place. */
export type GivenPrice = { readonly model: { readonly type: string } & Readonly<Record<string, unknown>> } & {
  readonly [T in Exclude<keyof UsagePrice, 'model'>]?: unknown;
};

/** What an invoice line over the whole quantity says. */
export type PriceRating = {
  readonly currency: string;
  /** Minor units. */
  readonly amount: string;
  /** Minor units: what the charge model made, rounded once, before the adjustments. */
  readonly listed: string;
  /** Major units before the one rounding. */
  readonly exact: DecimalText;
  /** As given; converted to the billed unit; without its free part. */
  readonly quantity: DecimalText;
  readonly converted: DecimalText;
  readonly charged: DecimalText;
  readonly steps: readonly RatingStep[];
  readonly adjustments: readonly Adjustment[];
  readonly text: readonly string[];
};

/**
 * Rates a quantity as an invoice line would. Pure: nothing is read, stored or booked. The refusal's pointer begins with
 * /price, /quantity or /context.
 */
export function ratePrice(
  price: GivenPrice,
  quantity: DecimalText | GivenUsage,
  context: GivenContext,
): { readonly ok: true; readonly data: PriceRating } | Rejection {
  const problems: PriceProblem[] = [];
  const read = parseUsagePrice(price);
  if (!('model' in read)) {
    problems.push(...read.map((problem) => ({ ...problem, pointer: `/price${problem.pointer}` })));
  }
  const surroundings = readContext(context, { pointer: '/context', problems });
  const counted = 'model' in read ? readUsage(quantity, read, { pointer: '/quantity', problems }) : undefined;
  if (!('model' in read) || surroundings === undefined || counted === undefined) return refused(problems);
  const refusal = refuseUnit(read, surroundings);
  return refusal ?? rateRead(read, counted, surroundings);
}

/** A price in a unit needs to know what the unit costs. */
function refuseUnit({ priceUnit }: UsagePrice, { around }: RunContext): Rejection | undefined {
  if (priceUnit === around?.unitRate?.unit) return undefined;
  return priceUnit === undefined
    ? reject('invalid_request', 'the price is in no unit', '/context/unitRate')
    : reject('invalid_request', `must say what one ${priceUnit} costs`, '/context/unitRate');
}

/** As {@link ratePrice}, of what is read already. */
export function rateRead(
  price: UsagePrice,
  counted: Counted,
  context: RunContext,
): { readonly ok: true; readonly data: PriceRating } | Rejection {
  try {
    return { ok: true, data: shown(rated(price, counted, context)) };
  } catch (error) {
    // Beyond what the books can hold; all that the price asks for is there.
    if (error instanceof RangeError) return reject('invalid_price', error.message, '/quantity');
    throw error;
  }
}

/** The first problem names the place. */
export function refused([problem]: readonly PriceProblem[]): Rejection {
  const { pointer, message } = problem ?? { pointer: '', message: 'is not valid' };
  return reject(pointer.startsWith('/price') ? 'invalid_price' : 'invalid_request', message, pointer);
}

function rated(price: UsagePrice, counted: Counted, context: RunContext): RatedUsage {
  return price.model.type === 'flat'
    ? rateFee(price, counted.quantity, context)
    : rateCounted(price, counted, context);
}

function shown(rated: RatedUsage): PriceRating {
  return {
    currency: rated.context.currency,
    amount: String(rated.amount),
    listed: String(rated.listed),
    exact: printDecimal(rated.exact),
    quantity: printDecimal(rated.quantity),
    converted: printDecimal(rated.converted),
    charged: printDecimal(rated.charged),
    steps: rated.steps,
    adjustments: rated.adjustments,
    text: explainUsage(rated),
  };
}
