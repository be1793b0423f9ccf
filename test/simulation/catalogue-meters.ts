// Owns the rarer meters that sellers of a seed have, those of every aggregation and setting, and what they are paid in:
// currencies of other exponents and units of their own, with rates that change.
import type { Currency, Dimension, Meter, PriceUnit } from './accepted.ts';
import type { Dice } from './dice.ts';

const CURRENCIES: readonly Currency[] = ['JPY', 'KWD'];
const ZONES = ['UTC', 'America/New_York', 'Asia/Tokyo'];
const HOURS_OF_RATES = 24 * 150;

const READS = {
  amount: { valueProperty: 'amount' },
  label: { valueProperty: 'label' },
  comings: { valueProperty: 'label', operationProperty: 'op' },
} as const satisfies Record<string, Partial<Meter>>;

export function drawMeters(dice: Dice): Meter[] {
  const bucket = { unit: dice.pick(['hour', 'day', 'week'] as const), zone: dice.pick(ZONES) };
  const percentile = dice.pick(['50', '90', '99.5', '100']);
  const percentileMethod = dice.pick(['nearest_rank', 'interpolated'] as const);
  const timeUnit = dice.pick(['hour', 'day'] as const);
  const carriedOver = dice.chance(0.8);
  const some = dice.pick(['max', 'average', 'latest'] as const);
  const all = [...metersOfRequests({ bucket, timeUnit }), ...metersOfGauges({ bucket })];
  const rank = { percentile, percentileMethod };
  return [
    ...all,
    gauge('rank', 'percentile', { ...READS.amount, ...rank, dimensions: ['region'] }),
    gauge('held', 'time_weighted_average', { ...READS.amount, carriedOver }),
    gauge('tops', some, { ...READS.amount, bucket, dimensions: ['region'] }),
  ].filter(() => dice.chance(0.3));
}

type Rest = Omit<Meter, 'key' | 'eventType' | 'aggregation'>;

function request(key: string, aggregation: Meter['aggregation'], rest: Rest): Meter {
  return { key, eventType: 'request', aggregation, ...rest };
}

function gauge(key: string, aggregation: Meter['aggregation'], rest: Rest): Meter {
  return { key, eventType: 'gauge', aggregation, ...rest };
}

function metersOfRequests({ bucket, timeUnit }: Pick<Meter, 'bucket' | 'timeUnit'>): Meter[] {
  const both: Dimension[] = ['region', 'size'];
  const held = { ...READS.amount, level: 'sum', dimensions: both.slice(0, 1) } as const;
  return [
    request('spend', 'sum', { ...READS.amount, amountProperty: 'price', dimensions: both }),
    request('large', 'count', { filters: [{ property: 'amount', gt: '8' }], dimensions: both }),
    request('part', 'sum', { ...READS.amount, multiplier: '0.25', dimensions: ['size'] }),
    request('stock', 'time_weighted_sum', { ...held, ...(timeUnit && { timeUnit }) }),
    request('total', 'sum', { ...READS.amount, carriedOver: true, dimensions: both }),
    request('places', 'unique_count', { ...READS.label, ...(bucket && { bucket }), dimensions: ['region'] }),
  ];
}

function metersOfGauges({ bucket }: Pick<Meter, 'bucket'>): Meter[] {
  const region: Dimension[] = ['region'];
  return [
    gauge('shelf', 'latest', { ...READS.amount, carriedOver: true, dimensions: region }),
    gauge('users', 'unique_count', { ...READS.comings, carriedOver: true, dimensions: region }),
    gauge('crew', 'time_weighted_average', { ...READS.comings, level: 'unique_count', dimensions: region }),
    gauge('hours', 'sum', { ...READS.amount, ...(bucket && { bucket }), dimensions: region }),
  ];
}

/** The usual one first. */
export function drawCurrencies(dice: Dice): Currency[] {
  return ['USD', ...CURRENCIES.filter(() => dice.chance(0.25))];
}

/** At most one. */
export function drawUnits(dice: Dice, tenant: string, currencies: readonly Currency[]): PriceUnit[] {
  if (dice.chance(0.6)) return [];
  const rates = currencies.flatMap((currency) => {
    const hours = Array.from({ length: dice.int(0, 2) }, () => dice.int(0, HOURS_OF_RATES));
    const dates = [...new Set(hours)]
      .sort((a, b) => a - b)
      .map((at) => Temporal.Instant.from('2023-11-15T00:00:00Z').add({ hours: at }).toString());
    return [undefined, ...dates].map((effectiveAt) => {
      return { currency, rate: `0.${dice.int(1, 9_999)}1`, effectiveAt };
    });
  });
  return [{ tenant, key: 'credits', rates }];
}
