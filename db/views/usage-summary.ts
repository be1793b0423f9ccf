// Owns what a meter counted for one customer between two instants: whole hours from rollups, the two edges from facts,
// in one statement and so of one snapshot (protocols H6). A look at usage; bills come from realization runs.
import type { Tx } from '#db/scope.ts';
import type { MeterView } from './meters.ts';

export type UsageSummaryView = {
  /** Exact decimal; null when nothing was counted and the aggregation knows no zero. */
  readonly quantity: string | null;
  readonly eventCount: string;
};

/** RFC 3339, half-open. */
export type UsageSpan = { readonly start: string; readonly end: string };

export async function summarizeUsage(
  tx: Tx,
  tenantId: string,
  of: { readonly meter: MeterView; readonly customerId: string; readonly span: UsageSpan },
): Promise<UsageSummaryView> {
  const { meter, customerId } = of;
  const { start, end, wholeFrom, wholeTo } = hours(of.span);
  const rows = await tx<UsageSummaryView[]>`
    with parts as (
      select event_count, sum_value, min_value, max_value, last_value, last_time, last_ref from usage_rollups
      where tenant_id = ${tenantId} and customer_id = ${customerId} and meter_id = ${meter.id}
        and bucket >= ${wholeFrom} and bucket < ${wholeTo}
      union all
      select 1, value, value, value, value, event_time, event_ref from meter_events
      where tenant_id = ${tenantId} and customer_id = ${customerId} and meter_id = ${meter.id}
        and ((event_time >= ${start} and event_time < ${wholeFrom}) or (event_time >= ${wholeTo} and event_time < ${end})))
    select trim_scale((${figure(tx, meter)})::numeric)::text as quantity, coalesce(sum(event_count), 0)::text as "eventCount"
    from parts`;
  const [summary] = rows;
  if (summary === undefined) throw new Error('an aggregate answered no row');
  return summary;
}

function figure(tx: Tx, { aggregation }: MeterView) {
  switch (aggregation) {
    case 'count':
      return tx`coalesce(sum(event_count), 0)`;
    case 'sum':
      return tx`coalesce(sum(sum_value), 0)`;
    case 'max':
      return tx`max(max_value)`;
    case 'min':
      return tx`min(min_value)`;
    case 'latest':
      return tx`(array_agg(last_value order by last_time desc, last_ref desc))[1]`;
    default:
      return aggregation satisfies never;
  }
}

/** The whole UTC hours inside the span; when there is none, both bounds are the end and all is an edge. */
function hours({ start, end }: UsageSpan) {
  const first = Temporal.Instant.from(start).round({ smallestUnit: 'hour', roundingMode: 'ceil' });
  const last = Temporal.Instant.from(end).round({ smallestUnit: 'hour', roundingMode: 'floor' });
  const whole = Temporal.Instant.compare(first, last) < 0;
  return { start, end, wholeFrom: whole ? first.toString() : end, wholeTo: whole ? last.toString() : end };
}
