// Owns the analysis of a customer's usage: quantities and costs by meter, source, dimension and any property, as a time series
// where windows are asked for. A look: prices are those of the charges, nothing is booked.
import type { Period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { zeroOf } from '#actors/usage/meter-settings.ts';
import type { Sql, Tx } from '#db/scope.ts';
import type { EventColumn, ReadQuantity, UsageReading } from '#db/usage-reading.ts';
import { readUsage } from '#db/usage-split.ts';
import { findCustomerId } from '#db/views/customers.ts';
import type { MeterView } from '#db/views/meters.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { listPricedCharges } from '#db/views/usage-charges.ts';
import { costsOf, type GroupCost } from './analysed-costs.ts';
import { findMeters } from './analysed-meters.ts';
import type {
  AskedAnalysis,
  Cost,
  UsageAnalysis,
  UsageAnalyticItem,
  UsageAnalyticPoint,
} from './analysis-fields.ts';
import { usageWindows } from './usage-windows.ts';

/** Windows times groups, over all meters. */
const POINTS_MAX = 10_000;
/** Each window is rated from the start of its period on. */
const WINDOWS_MAX = 1_000;

/** The answer, or why there is none; the pointer names the field at fault. */
export async function analyseUsage(
  sql: Sql,
  tenantId: string,
  asked: AskedAnalysis,
): Promise<{ ok: true; data: UsageAnalysis } | Rejection> {
  const windows = usageWindows(asked, WINDOWS_MAX);
  if ('ok' in windows) return windows;
  return readTenant(sql, tenantId, async (tx) => {
    const customerId = await findCustomerId(tx, tenantId, asked.customer);
    if (customerId === undefined)
      return reject('not_found', `there is no customer ${asked.customer}`, '/customer');
    const meters = await findMeters(tx, tenantId, asked);
    if ('ok' in meters) return meters;
    const { from, to } = asked;
    const meterIds = meters.map(({ id }) => id);
    const charges = await listPricedCharges(tx, tenantId, { customerId, meterIds, from, to });
    const items: UsageAnalyticItem[] = [];
    let points = 0;
    for (const meter of meters) {
      const reading = readingOf({ tenantId, customerId, meter, windows }, asked);
      const own = charges.filter(({ meterId }) => meterId === meter.id);
      const found = await itemsOf(tx, { meter, reading, charges: own, asked });
      points += found.length * windows.length;
      if (points > POINTS_MAX) {
        const message = `windows times groups are more than ${POINTS_MAX}: ask for fewer windows or meters, filter, or group less`;
        return reject('too_many_groups', message, '/groupBy');
      }
      items.push(...found);
    }
    const { window = null, zone } = asked;
    const costs = sumOf(items.flatMap((item) => item.costs));
    return { ok: true, data: { customerId, from, to, window, zone, costs, items } };
  });
}

type Reading = {
  readonly tenantId: string;
  readonly customerId: string;
  readonly meter: MeterView;
  readonly windows: readonly Period[];
};

function readingOf(of: Reading, { groupBy, filter, sources, window }: AskedAnalysis): UsageReading {
  const { tenantId, customerId, meter, windows } = of;
  const filters = [
    ...Object.entries(filter).map(([dimension, values]) => ({ dimension, values })),
    ...(sources === undefined ? [] : [{ dimension: 'source', values: sources }]),
  ];
  const names = [...groupBy, ...filters.map(({ dimension }) => dimension)];
  const ofEvents = [...new Set(names)].filter((name) => isOfEvents(name) && !meter.dimensions.includes(name));
  const grouped = groupBy.length > 0;
  return {
    tenantId,
    meter: { id: meter.id, aggregation: meter.aggregation, settings: meter },
    customers: [customerId],
    scopeId: undefined,
    filters,
    cutoff: null,
    windows,
    byCustomer: false,
    dimensions: groupBy,
    ...(ofEvents.length > 0 && { ofEvents: ofEvents as EventColumn[] }),
    by: [
      grouped ? 'group' : 'whole',
      ...(window === undefined ? [] : [grouped ? ('window_and_group' as const) : ('window' as const)]),
    ],
    events: false,
    max: 2 * POINTS_MAX,
  };
}

function isOfEvents(name: string): boolean {
  return name === 'source' || name.startsWith('properties.');
}

type Analysing = {
  readonly meter: MeterView;
  readonly reading: UsageReading;
  readonly charges: Parameters<typeof costsOf>[1];
  readonly asked: AskedAnalysis;
};

async function itemsOf(tx: Tx, { meter, reading, charges, asked }: Analysing): Promise<UsageAnalyticItem[]> {
  const read = await readUsage(tx, reading);
  const costs = await costsOf(tx, charges, reading);
  const zero = zeroOf(reading.meter);
  const groups = new Map([...read, ...costs].map(({ values }) => [JSON.stringify(values), values]));
  const { id: meterId, key, name, aggregation } = meter;
  const items = [...groups].map(([group, values]): UsageAnalyticItem => {
    const rows = read.filter((row) => JSON.stringify(row.values) === group);
    const paid = costs.filter((cost) => JSON.stringify(cost.values) === group);
    const of = { rows, paid, zero };
    return {
      meterId,
      meter: key,
      name,
      aggregation,
      group: Object.fromEntries(asked.groupBy.map((one, at) => [one, values[at] ?? null])),
      ...figures(of, null),
      points: asked.window === undefined ? [] : reading.windows.map((window, at) => pointOf(of, window, at)),
    };
  });
  return items.filter(isAnything).sort(byCost);
}

type Group = {
  readonly rows: readonly ReadQuantity[];
  readonly paid: readonly GroupCost[];
  readonly zero: '0' | null;
};

function pointOf(of: Group, { start, end }: Period, at: number): UsageAnalyticPoint {
  return { from: instantText(start), to: instantText(end), ...figures(of, at) };
}

/** Of one window, or of all. */
function figures({ rows, paid, zero }: Group, at: number | null) {
  const row = rows.find(({ window }) => window === at);
  const costs = paid.filter(({ window }) => at === null || window === at);
  return {
    // Nothing counted is read as null by a whole without rows.
    quantity: row === undefined || row.quantity === null ? zero : row.quantity,
    eventCount: row?.eventCount ?? '0',
    costs: sumOf(costs.map(({ currency, amount }) => ({ currency, amount: String(amount) }))),
  };
}

function isAnything({ eventCount, quantity, costs }: UsageAnalyticItem): boolean {
  return eventCount !== '0' || (quantity !== null && quantity !== '0') || costs.length > 0;
}

/** In order of the currencies. */
function sumOf(costs: readonly Cost[]): Cost[] {
  const sums = Map.groupBy(costs, ({ currency }) => currency);
  return [...sums.keys()].sort().map((currency) => {
    const amount = (sums.get(currency) ?? []).reduce((sum, one) => sum + BigInt(one.amount), 0n);
    return { currency, amount: String(amount) };
  });
}

function byCost(one: UsageAnalyticItem, other: UsageAnalyticItem): number {
  const cost = ({ costs }: UsageAnalyticItem): bigint =>
    costs.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  return cost(one) === cost(other) ? 0 : cost(one) > cost(other) ? -1 : 1;
}
