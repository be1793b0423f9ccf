// Owns how long usage took from its time until it was counted. Reads every fact of the span.
import type { Tx } from '#db/scope.ts';

/** Seconds, exact decimals; null without events. */
export type UsageLag = {
  readonly events: string;
  readonly average: string | null;
  readonly p50: string | null;
  readonly p95: string | null;
  readonly p99: string | null;
  readonly longest: string | null;
};

/** Of customers in real time: on a test clock the two times are not of one time. */
export async function readUsageLag(
  tx: Tx,
  tenantId: string,
  asked: {
    readonly meterId: string;
    /** Undefined: all of the tenant. */
    readonly customers: readonly string[] | undefined;
    readonly from: string;
    readonly to: string;
  },
): Promise<UsageLag> {
  const { meterId, customers, from, to } = asked;
  const rows = await tx<UsageLag[]>`
    select count(*)::text as events, trim_scale(quotient(sum(lag), count(*)))::text as average,
      trim_scale(percentile_of(array_agg(lag order by lag), 50, false))::text as p50,
      trim_scale(percentile_of(array_agg(lag order by lag), 95, false))::text as p95,
      trim_scale(percentile_of(array_agg(lag order by lag), 99, false))::text as p99, trim_scale(max(lag))::text as longest
    from customers c
    cross join lateral (
      select extract(epoch from f.stored_at - f.event_time) as lag from meter_events f
      where f.tenant_id = ${tenantId} and f.customer_id = c.id and f.meter_id = ${meterId}
        and f.event_time >= ${from} and f.event_time < ${to}
      offset 0) f
    where c.tenant_id = ${tenantId} and c.clock_id is null
      ${customers === undefined ? tx`` : tx`and c.id = any(${customers as string[]}::text[])`}`;
  const [row] = rows;
  if (row === undefined) throw new Error('a lag was asked for and not answered');
  return row;
}
