// Owns what sellers of a seed offer: meters, units of their own, and plans drawn from the dice, each price with a charge
// model and maybe terms, each plan maybe with a second version.
import type {
  Accepted,
  Aggregate,
  Currency,
  FeePrice,
  Meter,
  PlanPrice,
  PlanVersion,
  PriceUnit,
  Tariff,
  Terms,
  UsagePrice,
} from './accepted.ts';
import { drawCurrencies, drawMeters, drawUnits } from './catalogue-meters.ts';
import { cents, drawOffers } from './catalogue-wider.ts';
import type { Client } from './client.ts';
import type { Dice } from './dice.ts';

const HOURS_OF_VERSIONS = 24 * 150;

const METERS: readonly Meter[] = [
  { key: 'tokens', eventType: 'request', aggregation: 'sum', valueProperty: 'amount' },
  { key: 'calls', eventType: 'request', aggregation: 'count' },
  { key: 'labels', eventType: 'request', aggregation: 'unique_count', valueProperty: 'label' },
  { key: 'peak', eventType: 'gauge', aggregation: 'max', valueProperty: 'amount' },
  { key: 'low', eventType: 'gauge', aggregation: 'min', valueProperty: 'amount' },
  { key: 'level', eventType: 'gauge', aggregation: 'latest', valueProperty: 'amount' },
  { key: 'mean', eventType: 'gauge', aggregation: 'average', valueProperty: 'amount' },
];

type Shop = { readonly client: Client; readonly tenant: string; readonly accepted: Accepted };

/** What the plans of a seller are made of. */
type Stock = {
  readonly wider: readonly Meter[];
  readonly units: readonly PriceUnit[];
  readonly currencies: readonly Currency[];
};

/** Some sellers have more than the plain meters. Their dice are their own. */
export async function setUpStock({ client, tenant, accepted }: Shop): Promise<Stock> {
  const dice = client.dice.stream('wider');
  const isWider = dice.chance(0.6);
  const wider = isWider ? drawMeters(dice) : [];
  const currencies = isWider ? drawCurrencies(dice) : ['USD' as const];
  const units = isWider ? drawUnits(dice, tenant, currencies) : [];
  for (const meter of [...METERS, ...wider]) {
    const asking = { ...meter, name: meter.key };
    await client.must('meter', (api, options) => api.meters.create(tenant, asking, options));
  }
  for (const unit of units) await setUpUnit({ client, tenant, accepted }, unit);
  return { wider, units, currencies };
}

/** Rates are known months ahead. */
async function setUpUnit({ client, tenant, accepted }: Shop, unit: PriceUnit): Promise<void> {
  const { key, rates } = unit;
  const first = rates
    .filter(({ effectiveAt }) => effectiveAt === undefined)
    .map(({ currency, rate }) => ({ currency, rate }));
  await client.must('unit', (api, options) =>
    api.priceUnits.create(tenant, { key, name: key, rates: first }, options),
  );
  for (const { currency, rate, effectiveAt } of rates) {
    if (effectiveAt === undefined) continue;
    const asking = { unit: key, currency, rate, effectiveAt };
    await client.must('rate', (api, options) => api.priceUnits.setRate(tenant, asking, options));
  }
  accepted.units.push(unit);
}

/** The first version holds always; a second one from some instant of the months that the clocks of the stories see. */
export async function setUpPlan(
  { client, tenant, accepted }: Shop,
  key: string,
  stock: Stock,
): Promise<void> {
  const { dice } = client;
  const wider = dice.stream(`wider ${key}`);
  const unit = wider.chance(0.3) ? stock.units[0]?.key : undefined;
  const first = widen(wider, drawPrices(dice), { stock, unit });
  const terms = { currency: 'USD', interval: 'month' as const };
  const made = await client.must('plan', (api, options) =>
    api.plans.create(tenant, { key, name: key, ...terms, prices: first.map(asked) }, options),
  );
  const versions: PlanVersion[] = [{ id: versionOf(made), effectiveAt: undefined, prices: first }];
  if (dice.chance(0.5)) {
    const prices = widen(wider, drawPrices(dice), { stock, unit });
    const effectiveAt = Temporal.Instant.from('2023-11-15T00:00:00Z')
      .add({ hours: dice.int(0, HOURS_OF_VERSIONS) })
      .toString();
    const published = await client.must('version', (api, options) =>
      api.plans.publishVersion(tenant, { plan: key, effectiveAt, prices: prices.map(asked) }, options),
    );
    versions.push({ id: versionOf(published), effectiveAt, prices });
  }
  accepted.plans.push({ id: made['id'] ?? '', tenant, key, versions });
}

export function versionOf(plan: object): string {
  return (plan as { version: { id: string } }).version.id;
}

/** More prices, of more meters or of parts of them; then the same keys again in each other currency. */
function widen(
  dice: Dice,
  plain: readonly PlanPrice[],
  { stock, unit }: { readonly stock: Stock; readonly unit: string | undefined },
): PlanPrice[] {
  const { units, currencies, wider } = stock;
  if (wider.length === 0) return [...plain];
  const inUnit = unit === undefined ? {} : { priceUnit: unit };
  const prices = plain.map((price) => (price.kind === 'fee' ? { ...price, ...inUnit } : price));
  const own = drawOffers(dice, wider, { currency: 'USD', units });
  const usual = [...prices, ...own];
  const others = currencies.filter((currency) => currency !== 'USD');
  return [
    ...usual,
    ...others.flatMap((currency) => usual.map((price) => again(dice, price, { currency, units }))),
  ];
}

type Money = { readonly currency: Currency; readonly units: readonly PriceUnit[] };

function again(dice: Dice, price: PlanPrice, { currency, units }: Money): PlanPrice {
  if (price.kind === 'fee') return { ...price, currency } satisfies FeePrice;
  const [offer] = drawOffers(dice, [price.meter], { currency, units, always: true });
  const { key, terms } = price;
  const filter = terms.filter === undefined ? {} : { filter: terms.filter };
  if (offer === undefined) throw new Error('nothing is offered');
  return { ...offer, key, terms: { ...offer.terms, ...filter } };
}

function drawPrices(dice: Dice): PlanPrice[] {
  const currency = 'USD';
  const usage = METERS.filter(() => dice.chance(0.35)).map((meter): UsagePrice => {
    const tariff = drawTariff(dice, meter.aggregation);
    return { key: meter.key, kind: 'usage', currency, meter, tariff, terms: drawTerms(dice, tariff) };
  });
  return [{ key: 'fee', kind: 'fee', currency, amount: cents(dice, 0, 9_900) }, ...usage];
}

function drawTariff(dice: Dice, quantity: Aggregate): Tariff {
  const types = ['per_unit', 'package', 'graduated', 'volume'] as const;
  const type = dice.pick(quantity === 'sum' ? [...types, 'percentage' as const] : types);
  switch (type) {
    case 'per_unit':
      return { type, unitAmount: `0.${dice.int(1, 999)}` };
    case 'package':
      return { type, amount: cents(dice, 1, 500), size: String(dice.int(1, 7)) };
    case 'percentage':
      return { type, ratePercent: cents(dice, 1, 2_000) };
    case 'graduated':
    case 'volume': {
      const flat = dice.chance(0.4) ? { flatAmount: cents(dice, 1, 300) } : {};
      const first = { upTo: String(dice.int(2, 50)), unitAmount: cents(dice, 1, 200) };
      return { type, tiers: [first, { upTo: null, unitAmount: cents(dice, 0, 100), ...flat }] };
    }
    default:
      return type satisfies never;
  }
}

/** Most prices have none. Free units are units: a percentage has its own free parts. */
function drawTerms(dice: Dice, tariff: Tariff): Terms {
  const some = <T>(term: () => T): T | undefined => (dice.chance(0.15) ? term() : undefined);
  const freeUnits = some(() => ({ quantity: String(dice.int(1, 20)) }));
  const discountPercent = some(() => cents(dice, 1, 9_000));
  const commitment = some(() => {
    const value = cents(dice, 100, 3_000);
    const factor = dice.pick(['1', '1.5']);
    const trueUp = dice.chance(0.5);
    return { type: 'amount' as const, value, overageFactor: trueUp ? factor : '1.5', trueUp };
  });
  const maximum = some(() => cents(dice, 1_000, 5_000));
  const minimum = some(() => cents(dice, 1, 1_000));
  return {
    ...(freeUnits && tariff.type !== 'percentage' && { freeUnits }),
    ...(discountPercent && { discountPercent }),
    ...(commitment && { commitment }),
    ...(maximum && !isCut(commitment, maximum) && { maximum }),
    ...(minimum && { minimum }),
  };
}

/** A maximum below what a true-up bills is refused. */
function isCut(commitment: Terms['commitment'], maximum: string): boolean {
  return commitment?.trueUp === true && Number(commitment.value) > Number(maximum);
}

/** A price in the words of the API. */
export function asked(price: PlanPrice) {
  const { key, currency } = price;
  if (price.kind === 'fee') {
    const { amount, priceUnit } = price;
    const fee = { key, name: key, currency, cadence: 'in_advance' as const, model: { type: 'flat', amount } };
    return priceUnit === undefined ? fee : { ...fee, priceUnit };
  }
  const { meter, tariff, terms } = price;
  const model = tariff.type === 'package' ? { ...tariff, rounding: 'up' } : tariff;
  return { key, name: key, currency, cadence: 'in_arrears' as const, meter: meter.key, model, ...terms };
}
