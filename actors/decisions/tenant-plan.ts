// Owns the rules of publishing a plan: each price is a whole one, a usage price has a meter and comes in arrears,
// a flat one has none.
import { parseCurrency } from '#actors/money/currency.ts';
import { type PriceModel, parsePriceModel } from '#actors/pricing/price.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

export type PriceRequest = {
  readonly key: string;
  readonly name: string;
  readonly cadence: 'in_advance' | 'in_arrears';
  /** Key of a meter. */
  readonly meter?: string | undefined;
  readonly model: unknown;
};

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
  /** Ids of the meters that exist among those the prices name, by key. */
  readonly meters: ReadonlyMap<string, string>;
};

export type DecidedPrice = Omit<PriceRequest, 'model'> & {
  readonly meterId: string | null;
  readonly model: PriceModel;
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
    const decided = decidePrice(price, facts.meters, at);
    if ('ok' in decided) return decided;
    prices.push(decided);
  }
  return { ok: true, plan: { ...request, prices } };
}

function decidePrice(
  price: PriceRequest,
  meters: ReadonlyMap<string, string>,
  at: string,
): DecidedPrice | Rejection {
  const model = parsePriceModel(price.model);
  if (!('type' in model)) {
    const [problem] = model;
    return reject(
      'invalid_price',
      problem?.message ?? 'is not a price',
      `${at}/model${problem?.pointer ?? ''}`,
    );
  }
  if (price.meter === undefined) {
    return model.type === 'flat'
      ? { ...price, model, meterId: null }
      : reject('invalid_price', `a price by ${model.type} needs the meter it counts`, `${at}/meter`);
  }
  if (model.type === 'flat') return reject('invalid_price', 'a flat price has no meter', `${at}/meter`);
  if (price.cadence !== 'in_arrears') {
    return reject('invalid_price', 'usage is billed in arrears', `${at}/cadence`);
  }
  const meterId = meters.get(price.meter);
  if (meterId === undefined)
    return reject('meter_not_found', `there is no meter ${price.meter}`, `${at}/meter`);
  return { ...price, model, meterId };
}
