// Owns writing the durable inbox, and asking since when usage waits in it.
import type { Sql, Tx } from './scope.ts';

/** Texts of Postgres arrays (and JSON arrays) of equal length; null: the default for every event. */
export type InboxColumns = {
  readonly keys: string;
  readonly bodyHashes: string;
  readonly customerIds: string;
  readonly subscriptionIds: string | null;
  readonly sources: string | null;
  readonly eventIds: string;
  readonly types: string;
  readonly eventTimes: string | null;
  readonly clockTimes: string | null;
  readonly properties: string;
  readonly factPositions: string;
  readonly factMeters: string;
  readonly factValues: string;
  readonly factDimensions: string | null;
  readonly factDimensionKeys: string | null;
  readonly factValueKeys: string | null;
  readonly factAmounts: string | null;
};

export type InboxRow = {
  readonly tenantId: string;
  /** System time, RFC 3339. */
  readonly receivedAt: string;
  readonly eventCount: number;
  /** Version of the tenant's meters that the facts were made with. */
  readonly metersVersion: string;
  readonly columns: InboxColumns;
  readonly trace: string | null;
};

/**
 * Writes and commits one row, in one round trip: the scope is set by the statement itself, and everything that reads a
 * table hangs on it. The id of the row; undefined if the tenant has got a meter that the facts do not know of, so that
 * an event accepted after a meter was created is always counted by it.
 */
export async function insertInboxRow(sql: Sql, row: InboxRow): Promise<string | undefined> {
  const { columns: c } = row;
  const rows = await sql<{ id: string }[]>`
    with scope as materialized (select set_config('app.tenant', ${row.tenantId}, true) as tenant_id)
    insert into usage_inbox (tenant_id, received_at, event_count, keys, body_hashes, customer_ids, subscription_ids,
      sources, event_ids, types, event_times, clock_times, properties, fact_positions, fact_meters, fact_values,
      fact_dimensions, fact_dimension_keys, fact_value_keys, fact_amounts, trace)
    select scope.tenant_id, ${row.receivedAt}, ${row.eventCount}, ${c.keys}::uuid[], ${c.bodyHashes}::bigint[],
      ${c.customerIds}::text[], ${c.subscriptionIds}::text[], ${c.sources}::text[], ${c.eventIds}::text[],
      ${c.types}::text[], ${c.eventTimes}::timestamptz[], ${c.clockTimes}::timestamptz[], ${c.properties}::text::jsonb,
      ${c.factPositions}::integer[], ${c.factMeters}::text[], ${c.factValues}::numeric[],
      ${c.factDimensions}::text::jsonb, ${c.factDimensionKeys}::text[], ${c.factValueKeys}::uuid[],
      ${c.factAmounts}::numeric[], ${row.trace}
    from scope
    where (select count(*) || coalesce(max(m.id), '') || coalesce(sum(m.revision), 0) from meters m where m.tenant_id = scope.tenant_id)
      = ${row.metersVersion}
    returning id`;
  return rows[0]?.id;
}

/**
 * When the oldest usage of the tenant was received that is not counted yet (system time); null if all is counted. A final
 * run waits until this passes its cutoff (ruling R6). Rows set aside as broken do not count: they stop nobody's billing,
 * and what is in them is late usage once they are counted.
 */
export async function oldestUndrained(sql: Sql | Tx, tenantId: string): Promise<string | null> {
  const rows = await sql<{ at: string | null }[]>`
    select min(received_at) as at from usage_inbox where tenant_id = ${tenantId} and failed_at is null`;
  return rows[0]?.at ?? null;
}
