// Owns the rarer prices that sellers of a seed offer: by dimension, by event, by window, in units of their own, and several
// of one meter. Their dice are their own.
import type { Currency, Dimension, Meter, PriceUnit, Tariff, Terms, UsagePrice, Window } from './accepted.ts';
import type { Dice } from './dice.ts';

const EXPONENTS: Record<Currency, number> = { USD: 2, JPY: 0, KWD: 3 };

type Money = { readonly currency: Currency; readonly units: readonly PriceUnit[]; readonly always?: boolean };

/** Prices of some of the meters, a few of them of parts of one. */
export function drawOffers(dice: Dice, meters: readonly Meter[], money: Money): UsagePrice[] {
  return meters.flatMap((meter) => {
    if (money.always !== true && dice.chance(0.6)) return [];
    const filters = money.always === true ? [undefined] : drawFilters(dice, meter);
    return filters.map((filter, at): UsagePrice => {
      const unit = dice.chance(0.15) ? money.units[0]?.key : undefined;
      const tariff = drawTariff(dice, meter, amounts(dice, unit === undefined ? money.currency : 'USD'));
      const terms = drawTerms(dice, tariff, amounts(dice, unit === undefined ? money.currency : 'USD'));
      const priceUnit = unit === undefined ? {} : { priceUnit: unit };
      const part = filter === undefined ? {} : { filter };
      const key = at === 0 ? meter.key : `${meter.key}_${at}`;
      return {
        key,
        kind: 'usage',
        currency: money.currency,
        meter,
        tariff,
        terms: { ...terms, ...priceUnit, ...part },
      };
    });
  });
}

/** Each another one; one may be missing that takes the rest. */
function drawFilters(dice: Dice, { dimensions = [] }: Meter): Terms['filter'][] {
  if (dimensions.length === 0 || dice.chance(0.5)) return [undefined];
  const priority = (): number => dice.int(-1, 1);
  const region = { region: dice.pick([['eu'], ['us', null]]) };
  const size = { size: dice.pick([['xl'], ['s', 'xl']]) };
  const has = (name: Dimension): boolean => dimensions.includes(name);
  const parts: Terms['filter'][] = [
    ...(has('region') ? [{ where: region, priority: priority() }] : []),
    ...(has('size') ? [{ where: size, priority: priority() }] : []),
    ...(has('region') && has('size') ? [{ where: { region: ['eu'], ...size }, priority: priority() }] : []),
  ];
  return dice.chance(0.7) ? [undefined, ...parts] : parts;
}

/** Decimals of major units, from so many minor ones to so many. */
type Amounts = (from: number, to: number) => string;

function amounts(dice: Dice, currency: Currency): Amounts {
  const places = EXPONENTS[currency];
  return (from, to) => (dice.int(from, to) / 10 ** places).toFixed(places);
}

export function cents(dice: Dice, from: number, to: number): string {
  return amounts(dice, 'USD')(from, to);
}

function drawTariff(dice: Dice, meter: Meter, money: Amounts): Tariff {
  const adds = meter.aggregation === 'sum' && meter.carriedOver !== true && meter.bucket === undefined;
  const isText = meter.aggregation === 'unique_count' || meter.level === 'unique_count';
  const groups = (meter.dimensions ?? []).length > 0 && !isText;
  const types: Tariff['type'][] = [
    ...(['per_unit', 'package', 'graduated', 'volume'] as const),
    ...(adds ? (['percentage', 'graduated_percentage', 'dynamic', 'dynamic'] as const) : []),
    ...(groups ? (['matrix', 'matrix'] as const) : []),
  ];
  const type = dice.pick(types);
  switch (type) {
    case 'per_unit':
      return { type, unitAmount: `0.${dice.int(1, 99_999)}` };
    case 'package':
      return { type, amount: money(1, 500), size: String(dice.int(1, 7)) };
    case 'percentage':
      return drawPercentage(dice, money);
    case 'graduated_percentage': {
      const first = { upTo: String(dice.int(5, 60)), ratePercent: cents(dice, 1, 2_000) };
      return { type, tiers: [first, { upTo: null, ratePercent: cents(dice, 0, 1_000) }] };
    }
    case 'dynamic':
      return { type, multiplier: dice.pick(['1', '1.2', '0.333']) };
    case 'matrix':
      return drawMatrix(dice, meter.dimensions ?? []);
    case 'graduated':
    case 'volume': {
      const flat = dice.chance(0.4) ? { flatAmount: money(1, 300) } : {};
      const first = { upTo: `${dice.int(2, 50)}.5`, unitAmount: money(1, 200) };
      return { type, tiers: [first, { upTo: null, unitAmount: money(0, 100), ...flat }] };
    }
    default:
      return type satisfies never;
  }
}

function drawPercentage(dice: Dice, money: Amounts): Tariff {
  const some = <T>(term: T): T | undefined => (dice.chance(0.35) ? term : undefined);
  const fixedAmount = some(money(1, 50));
  const freeEvents = some(dice.int(1, 4));
  const freeAmount = some(String(dice.int(5, 40)));
  const eventMinimum = some(money(1, 30));
  const eventMaximum = some(money(30, 200));
  return {
    type: 'percentage',
    ratePercent: cents(dice, 1, 2_000),
    ...(fixedAmount && { fixedAmount }),
    ...(freeEvents && { freeEvents }),
    ...(freeAmount && { freeAmount }),
    ...(eventMinimum && { eventMinimum }),
    ...(eventMaximum && { eventMaximum }),
  };
}

function drawMatrix(dice: Dice, dimensions: readonly Dimension[]): Tariff {
  const unitAmount = (): string => `0.${dice.int(0, 9_999)}1`;
  const values = { region: ['eu', 'us'], size: ['s', 'xl'] };
  const single = dimensions.map((name) => ({
    when: { [name]: dice.pick(values[name]) },
    unitAmount: unitAmount(),
  }));
  const all = {
    when: Object.fromEntries(dimensions.map((name) => [name, dice.pick(values[name])])),
    unitAmount: unitAmount(),
  };
  const cells = dimensions.length > 1 && dice.chance(0.6) ? [...single, all] : single;
  return { type: 'matrix', cells: dice.shuffle(cells), defaultUnitAmount: unitAmount() };
}

/** Most prices have none, or one. Units are converted, free and rated by window; money is not. */
function drawTerms(dice: Dice, tariff: Tariff, money: Amounts): Terms {
  const some = <T>(chance: number, term: () => T): T | undefined =>
    dice.chance(chance) ? term() : undefined;
  const units = ['per_unit', 'package', 'graduated', 'volume'].includes(tariff.type);
  // Rarely by the hour: seven hundred of a month are rated one by one.
  const window = (): Window => (dice.chance(0.1) ? 'hour' : dice.pick(['day', 'week'] as const));
  const ratedPer = some(0.2, window);
  const conversion = some(0.2, () => ({
    operation: dice.pick(['divide', 'multiply'] as const),
    factor: dice.pick(['3', '0.7', '60']),
    rounding: dice.pick(['none', 'up', 'down', 'nearest'] as const),
  }));
  const freeUnits = some(0.25, () => ({
    quantity: String(dice.int(1, 20)),
    reset: dice.pick(['period' as const, ratedPer ?? window()]),
  }));
  const discountPercent = some(0.15, () => cents(dice, 1, 9_000));
  const commitment = some(0.15, () => {
    const type = units && dice.chance(0.4) ? ('quantity' as const) : ('amount' as const);
    const value = type === 'amount' ? money(100, 3_000) : String(dice.int(5, 60));
    const trueUp = dice.chance(0.5);
    return { type, value, overageFactor: trueUp ? dice.pick(['1', '1.5']) : '1.5', trueUp };
  });
  const maximum = commitment?.trueUp === true ? undefined : some(0.15, () => money(1_000, 5_000));
  const minimum = some(0.15, () => money(1, 1_000));
  return {
    ...(units && {
      ...(ratedPer && { ratedPer }),
      ...(conversion && { conversion }),
      ...(freeUnits && { freeUnits }),
    }),
    ...(discountPercent && { discountPercent }),
    ...(commitment && { commitment }),
    ...(maximum && { maximum }),
    ...(minimum && { minimum }),
  };
}
