// Owns how much of a spend lies within what was committed to: of each window, of a period, or of a term of several.
import { prorate } from '#actors/calendar/period.ts';
import { type Dec, decimal, ZERO } from '#actors/money/decimal.ts';
import { majorUnits, money } from '#actors/money/money.ts';
import { roundToMinor } from '#actors/money/rounding.ts';
import type { Draft } from '#actors/pricing/draft.ts';
import { asked } from '#actors/pricing/metered.ts';
import { inCurrency, type RatingContext, type Share } from '#actors/pricing/rating-context.ts';
import { type Commitment, type Committed, commit } from '#actors/pricing/terms/commitment.ts';
import { rateModel } from '#actors/pricing/usage-model.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';

type Spend = { readonly drafts: readonly Draft[]; readonly spend: bigint; readonly context: RatingContext };
type PriceTerms = Pick<UsagePrice, 'model' | 'discountPercent'>;

/** Where a prorated quantity is cut, as a prorated allowance is. */
const QUANTITY_PLACES = 12;

/** In major units. A period is committed on its rounded spend, windows on what each exactly costs. */
export function committedOf(price: UsagePrice, { drafts, spend, context }: Spend): Committed | undefined {
  const { commitment } = price;
  if (commitment === undefined) return undefined;
  if (price.ratedPer !== undefined) return ofWindows(price, { commitment, drafts, context });
  const { currency } = context;
  const left = commitment.over === 'term' ? leftOfTerm : leftOfPeriod;
  const major = (minor: bigint): Dec => majorUnits(money(minor, currency));
  return commit(major(spend), major(left(price, commitment, context)), commitment.overageFactor);
}

/** What was committed, in major units of the price's own unit: a quantity stands for what the price makes of it. */
export function committedAmount(price: PriceTerms, { type, value }: Commitment): Dec {
  return type === 'amount' ? decimal(value) : worthOf(price, decimal(value));
}

/** Of a share of the time less: of a quantity the quantity shrinks, and bounds of tiers stay (ruling R16). */
function servedAmount(
  price: PriceTerms,
  commitment: Commitment,
  { share, context }: { readonly share: Share | undefined; readonly context: RatingContext },
): bigint {
  const { type, value } = commitment;
  const served = (whole: Dec): Dec => (share === undefined ? whole : prorate(whole, share.part, share.whole));
  const amount =
    type === 'amount'
      ? served(inCurrency(decimal(value), context))
      : inCurrency(worthOf(price, served(decimal(value)).toDecimalPlaces(QUANTITY_PLACES)), context);
  return roundToMinor(amount, context.currency);
}

/** Its discount included. */
function worthOf(price: PriceTerms, quantity: Dec): Dec {
  return rateModel(price.model, { quantity }).exact.times(keptOf(price));
}

function ofWindows(
  price: UsagePrice,
  { commitment, drafts, context }: { readonly commitment: Commitment } & Omit<Spend, 'spend'>,
): Committed {
  const value = inCurrency(committedAmount(price, commitment), context);
  const kept = keptOf(price);
  return addUp(
    drafts.map((draft) =>
      commit(inCurrency(draft.exact, context).times(kept), value, commitment.overageFactor),
    ),
  );
}

/** Minor units. */
function leftOfPeriod(price: UsagePrice, commitment: Commitment, context: RatingContext): bigint {
  return servedAmount(price, commitment, { share: context.share, context });
}

function leftOfTerm(price: UsagePrice, commitment: Commitment, context: RatingContext): bigint {
  const whole = servedAmount(price, commitment, { share: context.termShare, context });
  return whole - asked(context.before, 'what earlier periods spent').amount;
}

/** The part of a listed amount that a discount leaves. */
function keptOf({ discountPercent }: PriceTerms): Dec {
  return decimal(100)
    .minus(discountPercent ?? '0')
    .div(100);
}

function addUp(parts: readonly Committed[]): Committed {
  const sum = (of: (part: Committed) => Dec): Dec =>
    parts.reduce((total, part) => total.plus(of(part)), ZERO);
  return {
    within: sum((part) => part.within),
    over: sum((part) => part.over),
    extra: sum((part) => part.extra),
    missing: sum((part) => part.missing),
  };
}
