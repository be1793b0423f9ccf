// Owns reading a quantity together with parts of it that a price is rated on (windows, groups, events, their prices), and
// the quantity of meters that rollups alone cannot answer. Apart from usage-quantity.ts, whose statement every close runs.
import type { Period } from '#actors/calendar/period.ts';
import { windowsWithin } from '#actors/calendar/window.ts';
import type { QuantityParts, QuantitySplit } from '#actors/state/facts.ts';
import { levelOf } from '#actors/usage/meter-settings.ts';
import type { Sql, Tx } from './scope.ts';
import { readAggregates } from './usage-aggregates.ts';
import { readLevels } from './usage-levels.ts';
import type { QuantityRequest, UsageQuantity } from './usage-quantity.ts';
import {
  type EventPosition,
  loadMeterReadings,
  type MeterReading,
  type ReadQuantity,
  type UsageReading,
} from './usage-reading.ts';

export type SplitRequest = QuantityRequest & {
  readonly split: QuantitySplit;
  /** Only events up to this one; `to` lies a microsecond behind it. */
  readonly upTo?: EventPosition;
  readonly countedBy?: Temporal.Instant;
};

export type SplitQuantity = UsageQuantity & { readonly metered: QuantityParts };

/** The quantity of each request with the parts it asks for, in the order asked. Throws if the tenant lacks a meter. */
export async function splitQuantities(
  sql: Sql | Tx,
  tenantId: string,
  requests: readonly SplitRequest[],
): Promise<SplitQuantity[]> {
  if (requests.length === 0) return [];
  const meters = await loadMeterReadings(sql, tenantId, [...new Set(requests.map((r) => r.meterId))]);
  return Promise.all(
    requests.map((request) => {
      const meter = meters.get(request.meterId);
      if (meter === undefined) throw new Error(`there is no meter ${request.meterId}`);
      return splitQuantity(sql, tenantId, { request, meter });
    }),
  );
}

/** Usage of a meter in any windows and groups, each way of splitting of the same snapshot. */
export async function readUsage(sql: Sql | Tx, reading: UsageReading): Promise<ReadQuantity[]> {
  return levelOf(reading.meter) === undefined ? readAggregates(sql, reading) : readLevels(sql, reading);
}

type Asked = { readonly request: SplitRequest; readonly meter: MeterReading };

async function splitQuantity(
  sql: Sql | Tx,
  tenantId: string,
  { request, meter }: Asked,
): Promise<SplitQuantity> {
  const { split } = request;
  const windows = windowsOf(request);
  const takesCorrections = meter.settings.acceptsNegative === true;
  const found = await readUsage(sql, {
    tenantId,
    meter,
    customers: [request.customerId],
    scopeId: request.scopeId,
    filters: [],
    only: split.only,
    cutoff: request.cutoff,
    upTo: request.upTo,
    countedBy: request.countedBy,
    windows,
    byCustomer: false,
    dimensions: split.dimensions ?? [],
    by: [
      'whole',
      ...(split.window === undefined ? [] : (['window'] as const)),
      ...(split.dimensions === undefined ? [] : (['group'] as const)),
    ],
    events: split.events === true || (split.paidEvents === true && takesCorrections),
    max: ROWS_MAX,
  });
  if (found.length === ROWS_MAX) throw new Error(`the usage of meter ${meter.id} has too many parts`);
  const whole = found.find(({ by }) => by === 'whole');
  return {
    quantity: whole?.quantity ?? '0',
    eventCount: BigInt(whole?.eventCount ?? '0'),
    rolledUp: false,
    metered: {
      ...(split.window !== undefined && { windows: windowQuantities(found, windows.length) }),
      ...(split.dimensions !== undefined && { groups: groupsOf(found, split.dimensions) }),
      ...(split.events === true && { events: whole?.events ?? [] }),
      // Without such a property the price is rated on the quantity itself.
      ...(split.eventAmount === true &&
        meter.settings.amountProperty !== undefined && { eventAmount: whole?.amount ?? '0' }),
      ...(split.paidEvents === true && {
        paidEvents: takesCorrections ? paidOf(whole) : (whole?.eventCount ?? '0'),
      }),
    },
  };
}

/** Corrections, which are below zero, pay no fixed part. */
function paidOf(whole: ReadQuantity | undefined): string {
  return String((whole?.events ?? []).filter((value) => !value.startsWith('-')).length);
}

/** More windows and groups than a price can be rated on in one turn. */
const ROWS_MAX = 200_000;

/** The windows of the period, cut to it; all of it where none are asked for. */
function windowsOf({ from, to, split }: SplitRequest): Period[] {
  const whole = { start: from, end: to };
  if (split.window === undefined) return [whole];
  const windows = windowsWithin(whole, split.window);
  return windows.length === 0 ? [whole] : windows;
}

function windowQuantities(found: readonly ReadQuantity[], count: number): string[] {
  const quantities = Array.from({ length: count }, () => '0');
  for (const { by, window, quantity } of found) {
    if (by === 'window' && window !== null) quantities[window] = quantity;
  }
  return quantities;
}

function groupsOf(
  found: readonly ReadQuantity[],
  dimensions: readonly string[],
): { values: Record<string, string>; quantity: string }[] {
  return found
    .filter(({ by }) => by === 'group')
    .map(({ values, quantity }) => ({
      values: Object.fromEntries(
        dimensions.flatMap((name, at) => {
          const value = values[at];
          return value === undefined || value === null ? [] : [[name, value]];
        }),
      ),
      quantity,
    }));
}
