// Owns the writes of a turn to billing events with their outbox rows, command answers and stale-usage marks.
import type { Write, WriteContext } from './agreement-writes.ts';
import { documentNumber } from './billing-writes.ts';
import { numberPlaceholder } from './turn-rows.ts';

/** A new invoice's number is known only here, so it is put into the snapshots that mention it. */
export function writeEvents(
  { sql, tenantId, wall, prefix, tag }: WriteContext,
  rows: string,
  hasNumbers: boolean,
): Write {
  const data = hasNumbers
    ? sql`case when r."numberPosition" is null then r.data else replace(r.data, ${numberPlaceholder(tag)},
        ${documentNumber({ sql, prefix })}) end`
    : sql`r.data`;
  const numbers = hasNumbers ? sql`left join numbers n on n.fiscal_year = r.year` : sql``;
  return sql`
    insert into billing_events (id, tenant_id, customer_id, sequence, type, object_type, object_id, data, previous,
      occurred_at, created_at, trace)
    select r.id, ${tenantId}, r."customerId", r.sequence, r.type, r."objectType", r."objectId", (${data})::jsonb,
      r.previous::jsonb, r."occurredAt", ${wall}::timestamptz, r.trace
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, sequence bigint, type text,
      "objectType" text, "objectId" text, data text, previous text, "occurredAt" timestamptz, trace text,
      "numberPosition" bigint, year integer) ${numbers}
    returning id`;
}

export function writeOutbox({ sql, tenantId, wall }: WriteContext): Write {
  return sql`
    insert into outbox (event_id, tenant_id, created_at) select id, ${tenantId}, ${wall}::timestamptz from added_events`;
}

export function writeAnswers({ sql, wall }: WriteContext, rows: string): Write {
  return sql`
    update commands c set status = 'done', result = r.result::jsonb, decided_at = ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, result text)
    where c.id = r.id and c.status = 'queued'`;
}

export function deleteStale({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    delete from stale_usage s
    using json_to_recordset(${rows}::text::json) as r("customerId" text, "meterId" text, bucket timestamptz)
    where s.tenant_id = ${tenantId} and s.customer_id = r."customerId" and s.meter_id = r."meterId" and s.bucket = r.bucket`;
}
