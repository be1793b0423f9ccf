// Owns previews of prices: what a price, or each price of a plan, would cost for given quantities or for a customer's usage
// of a period. Nothing is stored or booked.
import { refuseDimensions, refuseEventTerms } from '#actors/decisions/refuse-price.ts';
import type { PriceProblem } from '#actors/pricing/fields.ts';
import { readContext } from '#actors/pricing/given-context.ts';
import { readUsage } from '#actors/pricing/given-usage.ts';
import { rateRead, refused } from '#actors/pricing/rate-price.ts';
import type { Counted, RunContext } from '#actors/pricing/rate-run.ts';
import { parseUsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Sql, Tx } from '#db/scope.ts';
import { findMeter } from '#db/views/meters.ts';
import { findPlan, type PlanView } from '#db/views/plans.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import type { AskedPreview, PreviewedPrice, PricePreview } from './preview-fields.ts';
import { type Offer, type Offered, pricesOfPlan } from './previewed-plan.ts';
import { withUnitRate } from './previewed-rate.ts';
import { findWhose, readUsageOf, type Whose } from './previewed-usage.ts';

/** The answer, or why there is none; the pointer names the field at fault. */
export async function previewPrices(
  sql: Sql,
  tenantId: string,
  asked: AskedPreview,
): Promise<{ ok: true; data: PricePreview } | Rejection> {
  return readTenant(sql, tenantId, async (tx) => {
    const plan = asked.plan === undefined ? undefined : await findPlan(tx, tenantId, asked.plan);
    if (asked.plan !== undefined && plan === undefined)
      return reject('plan_not_found', `there is no plan ${asked.plan}`, '/plan');
    const whose = await findWhose(tx, tenantId, asked);
    if (whose !== null && 'ok' in whose) return whose;
    const offered = await offeredBy(tx, tenantId, { asked, plan, whose });
    if ('ok' in offered) return offered;
    const prices: PreviewedPrice[] = [];
    for (const offer of offered.offers) {
      const { priceUnit } = offer.price;
      const inUnit = { priceUnit, cadence: offer.cadence };
      const context = await withUnitRate(tx, inUnit, { tenantId, asked, context: offered.context });
      if ('ok' in context) return context;
      const previewed = await previewOne(tx, offer, context);
      if ('ok' in previewed) return previewed;
      prices.push(previewed);
    }
    return { ok: true, data: answerOf(prices, offered, { asked, whose }) };
  });
}

function answerOf(
  prices: readonly PreviewedPrice[],
  { context: { currency }, subscriptionId }: Offered,
  { asked, whose }: { readonly asked: AskedPreview; readonly whose: Whose | null },
): PricePreview {
  const { from = '', to = '' } = asked;
  return {
    currency,
    total: String(prices.reduce((sum, { amount }) => sum + BigInt(amount), 0n)),
    subscriptionId,
    usage: whose === null ? null : { customerId: whose.customerId, from, to },
    prices,
  };
}

async function previewOne(tx: Tx, offer: Offer, context: RunContext): Promise<PreviewedPrice | Rejection> {
  const { price, given, at, sharers: _, cadence: __, quantity: ___, whose: ____, ...names } = offer;
  const counted = await countedFor(tx, offer);
  if ('ok' in counted) return counted;
  const rating = rateRead(price, counted, context);
  if (!rating.ok) return reject(rating.code, rating.message, at);
  const wasRead = given === undefined && names.meterId !== null;
  return { ...names, eventCount: wasRead ? String(counted.eventCount) : null, ...rating.data };
}

async function countedFor(
  tx: Tx,
  { price, sharers, given, at, meterId, key, quantity, whose }: Offer,
): Promise<Counted | Rejection> {
  if (given !== undefined) {
    const problems: PriceProblem[] = [];
    return readUsage(given, price, { pointer: at, problems }) ?? refused(problems);
  }
  if (price.model.type === 'flat') return { quantity, eventCount: 0n };
  if (whose === null) return reject('invalid_request', 'is required without a customer', at);
  if (meterId === null) return reject('invalid_price', 'names the meter whose usage is read', '/price/meter');
  return readUsageOf(tx, { ...price, key: key ?? '' }, { meterId, sharers, whose });
}

async function offeredBy(
  tx: Tx,
  tenantId: string,
  {
    asked,
    plan,
    whose,
  }: { readonly asked: AskedPreview; readonly plan: PlanView | undefined; readonly whose: Whose | null },
): Promise<Offered | Rejection> {
  if (plan !== undefined) {
    const unused = (['price', 'quantity', 'context'] as const).find((name) => asked[name] !== undefined);
    return unused === undefined
      ? pricesOfPlan(tx, plan, { asked, whose })
      : reject('invalid_request', 'means nothing for a plan', `/${unused}`);
  }
  if (asked.price === undefined) return reject('invalid_request', 'a price or a plan is required', '/price');
  if (asked.quantities !== undefined)
    return reject('invalid_request', 'means nothing for a price: give its quantity', '/quantities');
  return priceAlone(tx, tenantId, { asked: { ...asked, price: asked.price }, whose });
}

async function priceAlone(
  tx: Tx,
  tenantId: string,
  {
    asked,
    whose,
  }: {
    readonly asked: AskedPreview & { readonly price: NonNullable<AskedPreview['price']> };
    readonly whose: Whose | null;
  },
): Promise<Offered | Rejection> {
  const { currency, quantity, context } = asked;
  const { meter: meterName, ...terms } = asked.price;
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
    quantity: '1',
    whose,
  };
  const offered = { context: around, subscriptionId: null };
  if (meterName === undefined) return { ...offered, offers: [{ ...offer, meterId: null }] };
  const meter = await findMeter(tx, tenantId, meterName);
  if (meter === undefined) return reject('meter_not_found', `there is no meter ${meterName}`, '/price/meter');
  const refusal =
    refuseDimensions(price, meter, '/price') ??
    refuseEventTerms(price, { ...meter, settings: meter }, '/price');
  return refusal ?? { ...offered, offers: [{ ...offer, meterId: meter.id }] };
}

/** The currency has a place of its own in a preview. */
function ownCurrency(problem: PriceProblem): PriceProblem {
  return problem.pointer === '/context/currency' ? { ...problem, pointer: '/currency' } : problem;
}
