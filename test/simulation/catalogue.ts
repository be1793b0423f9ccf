// Owns what sellers of a seed offer: meters of every aggregation that is read plainly, and plans drawn from the dice, each
// price with a charge model and maybe terms, each plan maybe with a second version.
import type { Accepted, Aggregate, PlanPrice, PlanVersion, Tariff, Terms, UsagePrice } from './accepted.ts';
import type { Client } from './client.ts';
import type { Dice } from './dice.ts';

const HOURS_OF_VERSIONS = 24 * 150;

type Meter = { key: string; eventType: string; aggregation: Aggregate; property?: string };
const METERS: readonly Meter[] = [
  { key: 'tokens', eventType: 'request', aggregation: 'sum', property: 'amount' },
  { key: 'calls', eventType: 'request', aggregation: 'count' },
  { key: 'labels', eventType: 'request', aggregation: 'unique_count', property: 'label' },
  { key: 'peak', eventType: 'gauge', aggregation: 'max', property: 'amount' },
  { key: 'low', eventType: 'gauge', aggregation: 'min', property: 'amount' },
  { key: 'level', eventType: 'gauge', aggregation: 'latest', property: 'amount' },
  { key: 'mean', eventType: 'gauge', aggregation: 'average', property: 'amount' },
];

type Shop = { readonly client: Client; readonly tenant: string; readonly accepted: Accepted };

export async function setUpMeters({ client, tenant }: Shop): Promise<void> {
  for (const { key, eventType, aggregation, property } of METERS) {
    const meter = { key, name: key, eventType, aggregation, ...(property && { valueProperty: property }) };
    await client.must('meter', (api, options) => api.meters.create(tenant, meter, options));
  }
}

/** The first version holds always; a second one from some instant of the months that the clocks of the stories see. */
export async function setUpPlan({ client, tenant, accepted }: Shop, key: string): Promise<void> {
  const { dice } = client;
  const first = drawPrices(dice);
  const terms = { currency: 'USD', interval: 'month' as const };
  const made = await client.must('plan', (api, options) =>
    api.plans.create(tenant, { key, name: key, ...terms, prices: first.map(asked) }, options),
  );
  const versions: PlanVersion[] = [{ id: versionOf(made), effectiveAt: undefined, prices: first }];
  if (dice.chance(0.5)) {
    const prices = drawPrices(dice);
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

function versionOf(plan: object): string {
  return (plan as { version: { id: string } }).version.id;
}

function drawPrices(dice: Dice): PlanPrice[] {
  const usage = METERS.filter(() => dice.chance(0.35)).map(({ key, eventType, aggregation }): UsagePrice => {
    const tariff = drawTariff(dice, aggregation);
    return { key, kind: 'usage', quantity: aggregation, eventType, tariff, terms: drawTerms(dice, tariff) };
  });
  return [{ key: 'fee', kind: 'fee', amount: cents(dice, 0, 9_900) }, ...usage];
}

function cents(dice: Dice, from: number, to: number): string {
  return (dice.int(from, to) / 100).toFixed(2);
}

function drawTariff(dice: Dice, quantity: Aggregate): Tariff {
  const types: Tariff['type'][] = ['per_unit', 'package', 'graduated', 'volume'];
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
function asked(price: PlanPrice) {
  const { key } = price;
  if (price.kind === 'fee')
    return { key, name: key, cadence: 'in_advance' as const, model: { type: 'flat', amount: price.amount } };
  const model = price.tariff.type === 'package' ? { ...price.tariff, rounding: 'up' } : price.tariff;
  return { key, name: key, cadence: 'in_arrears' as const, meter: key, model, ...price.terms };
}
