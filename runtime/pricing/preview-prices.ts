// Owns previews of prices: what a price, or each price of a plan, would cost for given quantities or for a customer's usage
// of a period. Nothing is stored or booked.
import { refuseDimensions, refuseEventTerms } from '#actors/decisions/refuse-price.ts';
import { parseCurrency } from '#actors/money/currency.ts';
import type { PriceProblem } from '#actors/pricing/fields.ts';
import { readContext } from '#actors/pricing/given-context.ts';
import { readUsage } from '#actors/pricing/given-usage.ts';
import { rateRead, refused } from '#actors/pricing/rate-price.ts';
import type { Counted, RunContext } from '#actors/pricing/rate-run.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Sql, Tx } from '#db/scope.ts';
import { findMeter } from '#db/views/meters.ts';
import { findPlan, type PriceView } from '#db/views/plans.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import type { AskedPreview, PreviewedPrice, PricePreview } from './preview-fields.ts';
import { withUnitRate } from './previewed-rate.ts';
import { findWhose, readUsageOf, type Whose } from './previewed-usage.ts';

type Offer = Pick<PreviewedPrice, 'priceId' | 'key' | 'name' | 'meterId'> & {
  readonly price: UsagePrice;
  readonly cadence: PriceView['cadence'];
  /** Other prices of the plan that count its meter. */
  readonly sharers: readonly PriceView[];
  /** What was given as its quantity, and where. */
  readonly given: unknown;
  readonly at: string;
};

type Offered = { readonly context: RunContext; readonly offers: readonly Offer[] };

/** The answer, or why there is none; the pointer names the field at fault. */
export async function previewPrices(
  sql: Sql,
  tenantId: string,
  asked: AskedPreview,
): Promise<{ ok: true; data: PricePreview } | Rejection> {
  return readTenant(sql, tenantId, async (tx) => {
    const offered = await offeredBy(tx, tenantId, asked);
    if ('ok' in offered) return offered;
    const whose = await findWhose(tx, tenantId, asked);
    if (whose !== null && 'ok' in whose) return whose;
    const prices: PreviewedPrice[] = [];
    for (const offer of offered.offers) {
      const { priceUnit } = offer.price;
      const inUnit = { priceUnit, cadence: offer.cadence };
      const context = await withUnitRate(tx, inUnit, { tenantId, asked, context: offered.context });
      if ('ok' in context) return context;
      const previewed = await previewOne(tx, offer, { whose, context });
      if ('ok' in previewed) return previewed;
      prices.push(previewed);
    }
    return { ok: true, data: answerOf(prices, offered.context, { asked, whose }) };
  });
}

function answerOf(
  prices: readonly PreviewedPrice[],
  { currency }: RunContext,
  { asked, whose }: { readonly asked: AskedPreview; readonly whose: Whose | null },
): PricePreview {
  const { from = '', to = '' } = asked;
  return {
    currency,
    total: String(prices.reduce((sum, { amount }) => sum + BigInt(amount), 0n)),
    usage: whose === null ? null : { customerId: whose.customerId, from, to },
    prices,
  };
}

async function previewOne(
  tx: Tx,
  offer: Offer,
  { whose, context }: { readonly whose: Whose | null; readonly context: RunContext },
): Promise<PreviewedPrice | Rejection> {
  const { price, given, at, sharers: _, cadence: __, ...names } = offer;
  const counted = await countedFor(tx, offer, whose);
  if ('ok' in counted) return counted;
  const rating = rateRead(price, counted, context);
  if (!rating.ok) return reject(rating.code, rating.message, at);
  const wasRead = given === undefined && names.meterId !== null;
  return { ...names, eventCount: wasRead ? String(counted.eventCount) : null, ...rating.data };
}

async function countedFor(
  tx: Tx,
  { price, sharers, given, at, meterId, key }: Offer,
  whose: Whose | null,
): Promise<Counted | Rejection> {
  if (given !== undefined) {
    const problems: PriceProblem[] = [];
    return readUsage(given, price, { pointer: at, problems }) ?? refused(problems);
  }
  if (price.model.type === 'flat') return { quantity: '1', eventCount: 0n };
  if (whose === null) return reject('invalid_request', 'is required without a customer', at);
  if (meterId === null) return reject('invalid_price', 'names the meter whose usage is read', '/price/meter');
  return readUsageOf(tx, { ...price, key: key ?? '' }, { meterId, sharers, whose });
}

async function offeredBy(tx: Tx, tenantId: string, asked: AskedPreview): Promise<Offered | Rejection> {
  if (asked.plan !== undefined) {
    const unused = (['price', 'quantity', 'context'] as const).find((name) => asked[name] !== undefined);
    return unused === undefined
      ? pricesOfPlan(tx, tenantId, { ...asked, plan: asked.plan })
      : reject('invalid_request', 'means nothing for a plan', `/${unused}`);
  }
  if (asked.price === undefined) return reject('invalid_request', 'a price or a plan is required', '/price');
  if (asked.quantities !== undefined)
    return reject('invalid_request', 'means nothing for a price: give its quantity', '/quantities');
  return priceAlone(tx, tenantId, { ...asked, price: asked.price });
}

async function priceAlone(
  tx: Tx,
  tenantId: string,
  {
    price: { meter: meterName, ...terms },
    currency,
    quantity,
    context,
  }: AskedPreview & { readonly price: NonNullable<AskedPreview['price']> },
): Promise<Offered | Rejection> {
  const price = parseUsagePrice(terms);
  if (!('model' in price)) {
    return refused(price.map((problem) => ({ ...problem, pointer: `/price${problem.pointer}` })));
  }
  if (currency === undefined) return reject('invalid_request', 'is required for a price', '/currency');
  const problems: PriceProblem[] = [];
  const around = readContext({ ...context, currency }, { pointer: '/context', problems });
  if (around === undefined) return refused(problems.map(ownCurrency));
  const offer = {
    cadence: 'in_arrears' as const,
    priceId: null,
    key: null,
    name: null,
    price,
    sharers: [],
    given: quantity,
    at: '/quantity',
  };
  if (meterName === undefined) return { context: around, offers: [{ ...offer, meterId: null }] };
  const meter = await findMeter(tx, tenantId, meterName);
  if (meter === undefined) return reject('meter_not_found', `there is no meter ${meterName}`, '/price/meter');
  const refusal =
    refuseDimensions(price, meter, '/price') ??
    refuseEventTerms(price, { ...meter, settings: meter }, '/price');
  return refusal ?? { context: around, offers: [{ ...offer, meterId: meter.id }] };
}

/** The currency has a place of its own in a preview. */
function ownCurrency(problem: PriceProblem): PriceProblem {
  return problem.pointer === '/context/currency' ? { ...problem, pointer: '/currency' } : problem;
}

async function pricesOfPlan(
  tx: Tx,
  tenantId: string,
  asked: AskedPreview & { readonly plan: string },
): Promise<Offered | Rejection> {
  const plan = await findPlan(tx, tenantId, asked.plan);
  if (plan === undefined) return reject('plan_not_found', `there is no plan ${asked.plan}`, '/plan');
  const { currency = plan.currency, quantities = {} } = asked;
  const known = parseCurrency(currency);
  const prices = plan.prices.filter((price) => price.currency === currency);
  if (known === undefined || prices.length === 0)
    return reject('currency_not_offered', `the plan has no prices in ${currency}`, '/currency');
  const unknown = Object.keys(quantities).find((key) => !prices.some((price) => price.key === key));
  if (unknown !== undefined)
    return reject('price_not_found', `the plan has no price ${unknown}`, `/quantities/${unknown}`);
  const offers = prices.map((price) => offerOf(price, { prices, quantities }));
  return { context: { currency: known, around: { before: { quantity: '0', amount: '0' } } }, offers };
}

type Version = {
  readonly prices: readonly PriceView[];
  readonly quantities: Readonly<Record<string, unknown>>;
};

function offerOf(view: PriceView, { prices, quantities }: Version): Offer {
  const { id: priceId, key, name, meterId, cadence, currency: _, meter: __, ...price } = view;
  const given = Object.hasOwn(quantities, key) ? quantities[key] : undefined;
  const sharers = prices.filter((other) => other !== view && other.meterId === meterId);
  return { priceId, key, name, meterId, cadence, price, sharers, given, at: `/quantities/${key}` };
}
