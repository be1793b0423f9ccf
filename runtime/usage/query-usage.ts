// Owns the usage query: what a meter counted, in windows of a zone's calendar, split by customer and dimensions.
// Windows without usage are there; what would be a giant answer is refused before or while it is read.
import { z } from 'zod';
import type { Period } from '#actors/calendar/period.ts';
import { instantText } from '#actors/calendar/time.ts';
import type { WindowUnit } from '#actors/calendar/window.ts';
import { type Rejection, reject } from '#actors/rejection.ts';
import { zeroOf } from '#actors/usage/meter-settings.ts';
import type { Sql } from '#db/scope.ts';
import type { ReadQuantity } from '#db/usage-reading.ts';
import { readUsage } from '#db/usage-split.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { calendarWindow, dimensionNames, name, usageNarrowing, usageSpan } from './fields.ts';
import { findSubject, type Subject } from './find-subject.ts';
import { refuseBuckets, usageWindows } from './usage-windows.ts';

/** Windows times groups of one answer. */
const USAGE_ROWS_MAX = 10_000;

export const usageQuery = z.strictObject({
  /** Id or key. */
  meter: name,
  ...usageSpan,
  ...calendarWindow,
  ...usageNarrowing,
  /** Dimensions of the meter, and `customer`. */
  groupBy: dimensionNames.default([]),
});

export type UsageQuery = z.input<typeof usageQuery>;
type Asked = z.output<typeof usageQuery>;

export type UsageRow = {
  readonly from: string;
  readonly to: string;
  /** Set when grouped by customer. */
  readonly customerId: string | null;
  /** A member for each dimension grouped by; null: usage without it. */
  readonly dimensions: Readonly<Record<string, string | null>>;
  /** Exact decimal; null when nothing was counted and the aggregation knows no zero. */
  readonly quantity: string | null;
  readonly eventCount: string;
};

export type UsageTable = {
  readonly meterId: string;
  readonly meter: string;
  readonly aggregation: string;
  /** Ids of the customers asked about; null: all. */
  readonly customers: readonly string[] | null;
  readonly from: string;
  readonly to: string;
  readonly window: WindowUnit | null;
  readonly zone: string;
  /** By window, then group; every group in every window. Without groups: one row a window. */
  readonly rows: readonly UsageRow[];
};

/** The answer, or why there is none; the pointer names the field at fault. */
export async function queryUsage(
  sql: Sql,
  tenantId: string,
  asked: Asked,
): Promise<{ ok: true; data: UsageTable } | Rejection> {
  const windows = usageWindows(asked, USAGE_ROWS_MAX);
  if ('ok' in windows) return windows;
  return readTenant(sql, tenantId, async (tx) => {
    const subject = await findSubject(tx, tenantId, asked);
    if (!subject.ok) return subject;
    const { meter, customers, scopeId, filters } = subject;
    const byCustomer = asked.groupBy.includes('customer') && !meter.dimensions.includes('customer');
    const dimensions = asked.groupBy.filter((dimension) => !(byCustomer && dimension === 'customer'));
    const unknown = dimensions.find((dimension) => !meter.dimensions.includes(dimension));
    if (unknown !== undefined)
      return reject('unknown_dimension', `the meter has no dimension ${unknown}`, '/groupBy');
    const tooMany = refuseBuckets(windows, meter.bucket);
    if (tooMany !== undefined) return tooMany;
    const counts = await readUsage(tx, {
      tenantId,
      meter: { id: meter.id, aggregation: meter.aggregation, settings: meter },
      customers,
      scopeId,
      filters,
      cutoff: null,
      windows,
      byCustomer,
      dimensions,
      by: ['window_and_group'],
      events: false,
      max: USAGE_ROWS_MAX + 1,
    });
    const groups = groupsOf(counts, byCustomer || dimensions.length > 0);
    if (counts.length > USAGE_ROWS_MAX || groups.length * windows.length > USAGE_ROWS_MAX) {
      return reject(
        'too_many_groups',
        `windows times groups are more than ${USAGE_ROWS_MAX}: ask for fewer windows, filter, or group less`,
        '/groupBy',
      );
    }
    return {
      ok: true,
      data: { ...headOf(asked, subject), rows: rowsOf(windows, { groups, counts, dimensions, meter }) },
    };
  });
}

function headOf({ from, to, window, zone }: Asked, { meter, customers }: Subject) {
  const { id: meterId, key, aggregation } = meter;
  const of = { meterId, meter: key, aggregation, customers: customers ?? null };
  return { ...of, from, to, window: window ?? null, zone };
}

type Group = Pick<ReadQuantity, 'customerId' | 'values'>;
type Found = {
  readonly groups: readonly Group[];
  readonly counts: readonly ReadQuantity[];
  readonly dimensions: readonly string[];
  readonly meter: Subject['meter'];
};

const keyOf = ({ customerId, values }: Group): string => JSON.stringify([customerId, ...values]);

/** Groups that have usage in any window, in order of their names; one nameless group where nothing is split. */
function groupsOf(counts: readonly ReadQuantity[], split: boolean): Group[] {
  if (!split) return [{ customerId: null, values: [] }];
  const groups = new Map(counts.map((count) => [keyOf(count), count]));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function rowsOf(windows: readonly Period[], { groups, counts, dimensions, meter }: Found): UsageRow[] {
  const zero = zeroOf({ aggregation: meter.aggregation, settings: meter });
  const found = new Map(counts.map((count) => [`${count.window} ${keyOf(count)}`, count]));
  return windows.flatMap(({ start, end }, window) =>
    groups.map((group) => {
      const { quantity = zero, eventCount = '0' } = found.get(`${window} ${keyOf(group)}`) ?? {};
      return {
        from: instantText(start),
        to: instantText(end),
        customerId: group.customerId,
        dimensions: Object.fromEntries(
          dimensions.map((dimension, at) => [dimension, group.values[at] ?? null]),
        ),
        quantity,
        eventCount,
      };
    }),
  );
}
