// Owns how stored usage events look from outside, what meters made of them, and which nobody counted or bills.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type UsageEventView = {
  /** In order of ingest: decides between events of one instant. */
  readonly ref: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly customerId: string;
  readonly subscriptionId: string | null;
  readonly time: string;
  /** In the customer's time. */
  readonly receivedAt: string;
  /** When it was counted, in system time. */
  readonly countedAt: string;
  /** From its time until it was counted; null on a test clock, where the two are not of one time. */
  readonly lagSeconds: string | null;
  /** JSON, every digit as it was sent. */
  readonly properties: string;
  readonly correctedAt: string | null;
  readonly retractedAt: string | null;
  readonly facts: readonly UsageFactView[];
};

export type UsageFactView = {
  readonly meterId: string;
  readonly scopeId: string;
  readonly value: string;
  readonly dimensions: Readonly<Record<string, string | null>> | null;
};

export type UsageEventFilter = {
  /** Ids; undefined: all customers of the tenant. */
  readonly customers: readonly string[] | undefined;
  readonly eventId: string | undefined;
  readonly source: string | undefined;
  readonly type: string | undefined;
  /** Id of a meter that counted it. */
  readonly meterId: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** `meter`: no meter counted it. `charge`: meters did, but no charge covers it, so nobody is billed for it (R14). */
  readonly unmatched: 'meter' | 'charge' | undefined;
};

/** Newest first; `after` is the key of the row before. */
export async function listUsageEvents(
  tx: Tx,
  tenantId: string,
  asked: Slice & UsageEventFilter,
): Promise<UsageEventView[]> {
  const { customers, limit, after } = asked;
  const who =
    customers === undefined
      ? tx`select id from customers where tenant_id = ${tenantId}`
      : tx`select unnest(${customers as string[]}::text[]) as id`;
  return await tx<UsageEventView[]>`
    select e.id::text as ref, e.event_id as id, e.source, e.type, e.customer_id as "customerId",
      e.subscription_id as "subscriptionId", e.event_time as time, e.received_at as "receivedAt", e.stored_at as "countedAt",
      case when c.clock_id is null then trim_scale(extract(epoch from e.stored_at - e.event_time))::text end as "lagSeconds",
      e.properties::text as properties, e.corrected_at as "correctedAt", e.retracted_at as "retractedAt",
      coalesce((select jsonb_agg(jsonb_build_object('meterId', f.meter_id, 'scopeId', f.scope_id,
          'value', trim_scale(f.value)::text, 'dimensions', f.dimensions) order by f.meter_id)
        from meter_events f
        where f.customer_id = e.customer_id and f.event_time = e.event_time and f.event_ref = e.id), '[]') as facts
    from (${who}) w
    join customers c on c.tenant_id = ${tenantId} and c.id = w.id
    -- A walk of each customer's index that ends with the page, in place of sorting all there is.
    cross join lateral (
      select * from usage_events e
      where e.tenant_id = ${tenantId} and e.customer_id = w.id ${conditions(tx, asked)}
        ${after === undefined ? tx`` : tx`and (e.event_time, e.id) < (${timeOf(after)}::timestamptz, ${refOf(after)}::bigint)`}
      order by e.event_time desc, e.id desc limit ${limit + 1}
    ) e
    order by e.event_time desc, e.id desc limit ${limit + 1}`;
}

function conditions(tx: Tx, { eventId, source, type, meterId, from, to, unmatched }: UsageEventFilter) {
  const fact = tx`
    select 1 from meter_events f
    where f.customer_id = e.customer_id and f.event_time = e.event_time and f.event_ref = e.id`;
  const covered = tx`
    join item_versions v on v.customer_id = f.customer_id
    join charges h on h.item_id = v.item_id and h.origin = v.id and h.meter_id = f.meter_id and h.scope_id = f.scope_id
      and h.service_start <= e.event_time and e.event_time < h.service_end and h.live`;
  const parts = [
    eventId === undefined ? tx`` : tx`and e.event_id = ${eventId}`,
    source === undefined ? tx`` : tx`and e.source = ${source}`,
    type === undefined ? tx`` : tx`and e.type = ${type}`,
    from === undefined ? tx`` : tx`and e.event_time >= ${from}`,
    to === undefined ? tx`` : tx`and e.event_time < ${to}`,
    meterId === undefined ? tx`` : tx`and exists (${fact} and f.meter_id = ${meterId})`,
    unmatched === undefined ? tx`` : tx`and e.retracted_at is null`,
    unmatched === 'meter' ? tx`and not exists (${fact})` : tx``,
    unmatched === 'charge'
      ? tx`and exists (${fact}) and not exists (
          select 1 from meter_events f ${covered}
          where f.customer_id = e.customer_id and f.event_time = e.event_time and f.event_ref = e.id)`
      : tx``,
  ];
  return parts.reduce((before, part) => tx`${before} ${part}`, tx``);
}

/** Where the next page begins: microseconds since 1970, and the number of the event. */
export function usageEventKey({ time, ref }: Pick<UsageEventView, 'time' | 'ref'>): string {
  const at = Temporal.Instant.from(time);
  return `${at.epochNanoseconds / 1_000n}_${ref}`;
}

function timeOf(key: string): string {
  const micros = BigInt(key.split('_')[0] ?? '0');
  const at = Temporal.Instant.fromEpochNanoseconds(micros * 1_000n);
  return at.toString({ fractionalSecondDigits: 6 });
}

function refOf(key: string): string {
  return key.split('_')[1] ?? '0';
}
