// Owns the rules of publishing a plan: each price is a whole one, a usage price has a meter and comes in arrears,
// a flat one has none.

import { type PricedMeter, refusePrice } from '#actors/decisions/refuse-price.ts';
import { parseCurrency } from '#actors/money/currency.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type PriceRequest = {
  readonly key: string;
  readonly name: string;
  readonly cadence: 'in_advance' | 'in_arrears';
  /** Key of a meter. */
  readonly meter?: string | undefined;
  readonly model: unknown;
} & { readonly [T in keyof UsagePrice]?: unknown };

export type PlanRequest = {
  readonly key: string;
  readonly name: string;
  readonly currency: string;
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly intervalCount: number;
  readonly prices: readonly PriceRequest[];
};

export type PlanFacts = {
  readonly keyTaken: boolean;
  /** The meters that exist among those the prices name, by key. */
  readonly meters: ReadonlyMap<string, PricedMeter>;
};

export type DecidedPrice = Omit<PriceRequest, keyof UsagePrice> & {
  readonly meterId: string | null;
  readonly price: UsagePrice;
};
export type DecidedPlan = Omit<PlanRequest, 'prices'> & { readonly prices: readonly DecidedPrice[] };

/** The plan that is to exist with its prices read, or why not. Pointers lead into the request. */
export function decidePlan(
  request: PlanRequest,
  facts: PlanFacts,
): { ok: true; plan: DecidedPlan } | Rejection {
  if (facts.keyTaken) return reject('key_taken', `there is a plan with the key ${request.key}`, '/key');
  if (parseCurrency(request.currency) === undefined) {
    return reject('unknown_currency', `${request.currency} is not a currency`, '/currency');
  }
  const keys = request.prices.map((price) => price.key);
  const prices: DecidedPrice[] = [];
  for (const [position, price] of request.prices.entries()) {
    const at = `/prices/${position}`;
    if (keys.indexOf(price.key) < position)
      return reject('key_taken', `the key ${price.key} is there twice`, `${at}/key`);
    const decided = decidePrice(price, { request, meters: facts.meters, at });
    if ('ok' in decided) return decided;
    prices.push(decided);
  }
  return { ok: true, plan: { ...request, prices } };
}

type Place = {
  readonly request: Pick<PlanRequest, 'interval' | 'intervalCount'>;
  readonly meters: PlanFacts['meters'];
  readonly at: string;
};

function decidePrice(
  { key, name, cadence, meter, ...terms }: PriceRequest,
  { request, meters, at }: Place,
): DecidedPrice | Rejection {
  const price = parseUsagePrice(terms);
  if (!('model' in price)) {
    const [problem] = price;
    return reject('invalid_price', problem?.message ?? 'is not a price', `${at}${problem?.pointer ?? ''}`);
  }
  const given = { key, name, cadence, meter, price };
  const { type } = price.model;
  if (meter === undefined) {
    return type === 'flat'
      ? { ...given, meterId: null }
      : reject('invalid_price', `a price by ${type} needs the meter it counts`, `${at}/meter`);
  }
  if (type === 'flat') return reject('invalid_price', 'a flat price has no meter', `${at}/meter`);
  if (cadence !== 'in_arrears') return reject('invalid_price', 'usage is billed in arrears', `${at}/cadence`);
  const known = meters.get(meter);
  if (known === undefined) return reject('meter_not_found', `there is no meter ${meter}`, `${at}/meter`);
  return refusePrice(price, { meter: known, cycle: request, at }) ?? { ...given, meterId: known.id };
}
