// Owns the summary of a customer's usage: what each meter counted between two instants, billed or not.
import { z } from 'zod';
import { type Rejection, reject } from '#actors/rejection.ts';
import type { Aggregation } from '#actors/usage/aggregation.ts';
import type { Sql, Tx } from '#db/scope.ts';
import { findCustomerId } from '#db/views/customers.ts';
import { findMeter, listMeters, type MeterView } from '#db/views/meters.ts';
import { readTenant } from '#db/views/read-tenant.ts';
import { name, usageSpan } from './fields.ts';
import { queryUsage } from './query-usage.ts';

/** More are asked for one by one. */
const METERS_MAX = 100;

export const usageSummaries = z.strictObject({
  customer: name,
  /** Absent: all. */
  meter: name.optional(),
  ...usageSpan,
});

export type SummaryRequest = z.input<typeof usageSummaries>;

export type UsageSummary = {
  readonly meterId: string;
  readonly meter: string;
  readonly name: string;
  readonly aggregation: Aggregation;
  readonly customerId: string;
  readonly start: string;
  readonly end: string;
  /** Exact decimal; null when nothing was counted and the aggregation knows no zero. */
  readonly quantity: string | null;
  readonly eventCount: string;
};

/** A row for each meter, in the order of their keys. */
export async function summarise(
  sql: Sql,
  tenantId: string,
  asked: z.output<typeof usageSummaries>,
): Promise<{ ok: true; data: readonly UsageSummary[] } | Rejection> {
  const { customer, from, to } = asked;
  const meters = await readTenant(sql, tenantId, (tx) => findMeters(tx, tenantId, asked));
  if ('ok' in meters) return meters;
  const summaries: UsageSummary[] = [];
  for (const { id, key, name: called, aggregation } of meters.sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const span = { from, to, zone: 'UTC', groupBy: [], filter: {} };
    const answer = await queryUsage(sql, tenantId, { meter: id, customers: [customer], ...span });
    if (!answer.ok) return answer;
    const { customers, rows } = answer.data;
    const { quantity = null, eventCount = '0' } = rows[0] ?? {};
    const of = { meterId: id, meter: key, name: called, aggregation, customerId: customers?.[0] ?? '' };
    summaries.push({ ...of, start: from, end: to, quantity, eventCount });
  }
  return { ok: true, data: summaries };
}

async function findMeters(
  tx: Tx,
  tenantId: string,
  asked: z.output<typeof usageSummaries>,
): Promise<MeterView[] | Rejection> {
  const customerId = await findCustomerId(tx, tenantId, asked.customer);
  if (customerId === undefined) {
    return reject('not_found', `there is no customer ${asked.customer}`, '/customer');
  }
  if (asked.meter === undefined) {
    return listMeters(tx, tenantId, { limit: METERS_MAX - 1, after: undefined });
  }
  const meter = await findMeter(tx, tenantId, asked.meter);
  return meter === undefined ? reject('not_found', `there is no meter ${asked.meter}`, '/meter') : [meter];
}
