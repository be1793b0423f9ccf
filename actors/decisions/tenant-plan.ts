// Owns the rules of publishing a plan: each price is a whole one, a usage price has a meter and comes in arrears,
// a flat one has none.

import { type PricedMeter, refusePrice, refuseVanishing } from '#actors/decisions/refuse-price.ts';
import { refuseSharedMeters } from '#actors/decisions/refuse-shared-meters.ts';
import { parseCurrency } from '#actors/money/currency.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type PriceRequest = {
  readonly key: string;
  readonly name: string;
  readonly cadence: 'in_advance' | 'in_arrears';
  /** Key of a meter. */
  readonly meter?: string | undefined;
  /** Absent: the plan's. */
  readonly currency?: string | undefined;
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
  /** The price units that exist among those the prices name, by key. */
  readonly units: ReadonlyMap<string, PricedUnit>;
};

/** Currencies that the unit has a price in. */
export type PricedUnit = { readonly currencies: readonly string[] };

type Known = Pick<PlanFacts, 'meters' | 'units'>;

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
  const prices = decidePrices(request, facts);
  return 'ok' in prices ? prices : { ok: true, plan: { ...request, prices } };
}

/** The prices of one version of a plan. Each currency offers the same keys, each key once. */
export function decidePrices(
  request: Pick<PlanRequest, 'currency' | 'interval' | 'intervalCount' | 'prices'>,
  known: Known,
): DecidedPrice[] | Rejection {
  const { currency: usual } = request;
  if (parseCurrency(usual) === undefined)
    return reject('unknown_currency', `${usual} is not a currency`, '/currency');
  const prices: DecidedPrice[] = [];
  const keys = new Map<string, Set<string>>([[usual, new Set()]]);
  for (const [position, price] of request.prices.entries()) {
    const at = `/prices/${position}`;
    const { key, currency = usual } = price;
    const code = parseCurrency(currency);
    if (code === undefined)
      return reject('unknown_currency', `${currency} is not a currency`, `${at}/currency`);
    const named = keys.get(currency) ?? new Set();
    if (named.has(key)) return reject('key_taken', `the key ${key} is there twice`, `${at}/key`);
    keys.set(currency, named.add(key));
    const decided = decidePrice(price, { request, known, at });
    if ('ok' in decided) return decided;
    const refusal =
      refuseUnit(decided.price, { currency, units: known.units, at }) ??
      refuseVanishing(decided.price, code, at);
    if (refusal !== undefined) return refusal;
    prices.push(decided);
  }
  return refuseGaps(keys) ?? refuseSharedMeters(prices, usual) ?? prices;
}

function refuseGaps(keys: ReadonlyMap<string, ReadonlySet<string>>): Rejection | undefined {
  const all = new Set([...keys.values()].flatMap((some) => [...some]));
  for (const [currency, some] of keys) {
    const missing = [...all].find((key) => !some.has(key));
    if (missing !== undefined)
      return reject('invalid_price', `there is no price ${missing} in ${currency}`, '/prices');
  }
  return undefined;
}

type Place = {
  readonly request: Pick<PlanRequest, 'interval' | 'intervalCount'>;
  readonly known: Known;
  readonly at: string;
};

type InUnit = { readonly currency: string; readonly units: PlanFacts['units']; readonly at: string };

/** A unit has a rate from the beginning in each of its currencies, so none can be missing later. */
function refuseUnit({ priceUnit }: UsagePrice, { currency, units, at }: InUnit): Rejection | undefined {
  if (priceUnit === undefined) return undefined;
  const unit = units.get(priceUnit);
  if (unit === undefined)
    return reject('price_unit_not_found', `there is no price unit ${priceUnit}`, `${at}/priceUnit`);
  if (unit.currencies.includes(currency)) return undefined;
  return reject('invalid_price', `the unit has no rate in ${currency}`, `${at}/priceUnit`);
}

function decidePrice(
  { key, name, cadence, meter, currency, ...terms }: PriceRequest,
  { request, known, at }: Place,
): DecidedPrice | Rejection {
  const price = parseUsagePrice(terms);
  if (!('model' in price)) {
    const [problem] = price;
    return reject('invalid_price', problem?.message ?? 'is not a price', `${at}${problem?.pointer ?? ''}`);
  }
  const given = { key, name, cadence, meter, currency, price };
  const { type } = price.model;
  if (meter === undefined) {
    return type === 'flat'
      ? { ...given, meterId: null }
      : reject('invalid_price', `a price by ${type} needs the meter it counts`, `${at}/meter`);
  }
  if (type === 'flat') return reject('invalid_price', 'a flat price has no meter', `${at}/meter`);
  if (cadence !== 'in_arrears') return reject('invalid_price', 'usage is billed in arrears', `${at}/cadence`);
  const found = known.meters.get(meter);
  if (found === undefined) return reject('meter_not_found', `there is no meter ${meter}`, `${at}/meter`);
  return refusePrice(price, { meter: found, cycle: request, at }) ?? { ...given, meterId: found.id };
}
