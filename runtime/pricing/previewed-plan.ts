// Owns which prices the preview of a plan rates: those of the customer's own subscription to it, else of its newest version.
import { parseCurrency } from '#actors/money/currency.ts';
import type { RunContext } from '#actors/pricing/rate-run.ts';
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Tx } from '#db/scope.ts';
import type { PlanView, PriceView } from '#db/views/plans.ts';
import { findSubscribedPrices, type Subscribed, type SubscribedPrice } from '#db/views/subscribed-prices.ts';
import type { AskedPreview, PreviewedPrice } from './preview-fields.ts';
import type { Whose } from './previewed-usage.ts';

export type Offer = Pick<PreviewedPrice, 'priceId' | 'key' | 'name' | 'meterId'> & {
  readonly price: UsagePrice;
  readonly cadence: PriceView['cadence'];
  /** Other prices of the plan that count its meter. */
  readonly sharers: readonly PriceView[];
  /** What was given as its quantity, and where. */
  readonly given: unknown;
  readonly at: string;
  /** Of a fee that is not given one. */
  readonly quantity: string;
  /** Whose usage is read. */
  readonly whose: Whose | null;
};

export type Offered = {
  readonly context: RunContext;
  readonly offers: readonly Offer[];
  /** Whose prices these are; null: nobody's yet. */
  readonly subscriptionId: string | null;
};

export async function pricesOfPlan(
  tx: Tx,
  plan: PlanView,
  { asked, whose }: { readonly asked: AskedPreview; readonly whose: Whose | null },
): Promise<Offered | Rejection> {
  const own = whose === null ? undefined : await ownPrices(tx, plan.id, { asked, whose });
  const { currency = own?.currency ?? plan.currency, quantities = {} } = asked;
  const known = parseCurrency(currency);
  const prices: readonly (PriceView & Partial<SubscribedPrice>)[] =
    own?.prices ?? plan.prices.filter((price) => price.currency === currency);
  if (known === undefined || prices.length === 0)
    return reject('currency_not_offered', `the plan has no prices in ${currency}`, '/currency');
  const unknown = Object.keys(quantities).find((key) => !prices.some((price) => price.key === key));
  if (unknown !== undefined)
    return reject('price_not_found', `the plan has no price ${unknown}`, `/quantities/${unknown}`);
  return {
    context: { currency: known, around: { before: { quantity: '0', amount: '0' } } },
    offers: prices.map((price) =>
      offerOf(price, { prices, quantities, whose: whoseOf(price, { asked, whose, own }) }),
    ),
    subscriptionId: own?.subscriptionId ?? null,
  };
}

/** In another currency it is a question about the plan, and so it is for usage of another subscription. */
async function ownPrices(
  tx: Tx,
  planId: string,
  { asked, whose }: { readonly asked: AskedPreview; readonly whose: Whose },
): Promise<Subscribed | undefined> {
  const { tenantId, customerId, span } = whose;
  const own = await findSubscribedPrices(tx, tenantId, { customerId, planId, at: span.start });
  const isOther = asked.currency !== undefined && asked.currency !== own?.currency;
  return own === undefined || isOther || own.prices.length === 0 ? undefined : own;
}

type Standing = {
  readonly asked: AskedPreview;
  readonly whose: Whose | null;
  readonly own: Subscribed | undefined;
};

/** The subscription's calendar, and its usage where it counts its own. */
function whoseOf({ usageScope }: Partial<SubscribedPrice>, { asked, whose, own }: Standing): Whose | null {
  if (whose === null || own === undefined) return whose;
  const scoped = usageScope === 'subscription' && asked.scope === undefined;
  return {
    ...whose,
    ...(asked.zone === undefined && { zone: own.zone }),
    ...(scoped && { scopeId: own.subscriptionId }),
  };
}

type Version = {
  readonly prices: readonly PriceView[];
  readonly quantities: Readonly<Record<string, unknown>>;
  readonly whose: Whose | null;
};

function offerOf(view: PriceView & Partial<SubscribedPrice>, { prices, quantities, whose }: Version): Offer {
  const { id: priceId, key, name, meterId, cadence, currency: _, meter: __, ...more } = view;
  const { quantity = '1', usageScope: ___, ...price } = more;
  const given = Object.hasOwn(quantities, key) ? quantities[key] : undefined;
  const sharers = prices.filter((other) => other !== view && other.meterId === meterId);
  return {
    priceId,
    key,
    name,
    meterId,
    cadence,
    price,
    sharers,
    given,
    at: `/quantities/${key}`,
    quantity,
    whose,
  };
}
