// Measures rating a million lines of every charge model against a bare decimal.js loop that multiplies and adds as many
// pairs. Both by processor time, in turns of the same run. Prints JSON lines.
import { currency } from '#actors/money/currency.ts';
import { type Dec, decimal, ZERO } from '#actors/money/decimal.ts';
import type { Metered } from '#actors/pricing/metered.ts';
import { rateUsage } from '#actors/pricing/rate-usage.ts';
import { parseUsagePrice, type UsagePrice } from '#actors/pricing/usage-price.ts';
import { median } from './median.ts';

const LINES = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 20;
const CONTEXT = { currency: currency('USD') };
const TIERS = [
  { upTo: '1000', unitAmount: '0.0123' },
  { upTo: '100000', unitAmount: '0.0101', flatAmount: '5' },
  { upTo: null, unitAmount: '0.00875' },
];

const PRICES: Readonly<Record<string, object>> = {
  per_unit: { model: { type: 'per_unit', unitAmount: '0.000015' } },
  package: { model: { type: 'package', amount: '1.5', size: '1000' } },
  graduated: { model: { type: 'graduated', tiers: TIERS } },
  volume: { model: { type: 'volume', tiers: TIERS } },
  'per_unit with free units, discount and minimum': {
    model: { type: 'per_unit', unitAmount: '0.000015' },
    freeUnits: { quantity: '1000' },
    discountPercent: '7.5',
    minimum: '1',
  },
  'graduated with conversion and commitment': {
    model: { type: 'graduated', tiers: TIERS },
    conversion: { operation: 'divide', factor: '1000', rounding: 'up' },
    commitment: { type: 'amount', value: '100', overageFactor: '1.5', trueUp: true },
  },
};

/** Quantities as meters give them: up to millions, some with places. */
function quantities(count: number): Dec[] {
  return Array.from({ length: count }, (_, i) => {
    const whole = (i * 48_271) % 2_147_483;
    return decimal(i % 3 === 0 ? `${whole}.${(i * 16_807) % 1_000}` : String(whole));
  });
}

function priced(json: object): UsagePrice {
  const read = parseUsagePrice(json);
  if ('model' in read) return read;
  throw new Error(JSON.stringify(read));
}

/** Processor microseconds of the work. */
function spent(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function bare(list: readonly Dec[], unit: Dec): void {
  let sum = ZERO;
  for (const quantity of list) sum = sum.plus(quantity.times(unit));
  if (sum.isNegative()) throw new Error('a sum of amounts went below zero');
}

function rated(list: readonly Metered[], price: UsagePrice): void {
  let sum = 0n;
  for (const metered of list) sum += rateUsage(price, metered, CONTEXT).amount;
  if (sum < 0n) throw new Error('a sum of amounts went below zero');
}

const list = quantities(Math.ceil(LINES / ROUNDS));
const metered = list.map((quantity) => ({ quantity }));
const unit = decimal('0.000015');
for (const [name, json] of Object.entries(PRICES)) {
  const price = priced(json);
  const ratios: number[] = [];
  let microseconds = 0;
  for (let round = -2; round < ROUNDS; round += 1) {
    const yardstick = spent(() => bare(list, unit));
    const rating = spent(() => rated(metered, price));
    // The first two warm up.
    if (round < 0) continue;
    ratios.push(yardstick / rating);
    microseconds += rating;
  }
  const lines = list.length * ROUNDS;
  console.log(
    JSON.stringify({
      bench: 'rating',
      measure: 'lines',
      price: name,
      lines,
      cpuMicrosecondsPerLine: Number((microseconds / lines).toFixed(2)),
      linesPerCpuSecond: Math.round((lines / microseconds) * 1e6),
      ratio: Number(median(ratios).toFixed(3)),
    }),
  );
}
