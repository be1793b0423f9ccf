// Owns writing what is measured and what is sold, and the facts that creating it depends on.
import type { Tx } from './scope.ts';

export type NewMeterRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly key: string;
  readonly name: string;
  readonly eventType: string;
  readonly aggregation: string;
  readonly valueProperty: string | null;
  readonly filters: unknown;
  readonly dimensions: readonly string[];
  readonly settings: unknown;
  readonly rollsUp: boolean;
  readonly createdAt: string;
};

export async function insertMeter(tx: Tx, meter: NewMeterRow): Promise<void> {
  await tx`
    insert into meters (id, tenant_id, key, name, event_type, aggregation, value_property, filters, dimensions,
      settings, rolls_up, created_at)
    values (${meter.id}, ${meter.tenantId}, ${meter.key}, ${meter.name}, ${meter.eventType}, ${meter.aggregation},
      ${meter.valueProperty}, ${tx.json(meter.filters as never)}, ${[...meter.dimensions]}::text[],
      ${tx.json(meter.settings as never)}, ${meter.rollsUp}, ${meter.createdAt})`;
}

export type StoredMeter = Omit<NewMeterRow, 'tenantId' | 'rollsUp'>;

/** A meter by id or key, locked. */
export async function lockMeter(tx: Tx, tenantId: string, name: string): Promise<StoredMeter | undefined> {
  const rows = await tx<StoredMeter[]>`
    select id, key, name, event_type as "eventType", aggregation, value_property as "valueProperty", filters, dimensions,
      settings, created_at as "createdAt"
    from meters where tenant_id = ${tenantId} and (id = ${name} or key = ${name})
    order by (id = ${name}) desc limit 1 for update`;
  return rows[0];
}

/** What events from now on are read with: facts that there are stay as they are. */
export async function updateMeter(
  tx: Tx,
  meter: Pick<NewMeterRow, 'id' | 'name' | 'valueProperty' | 'filters' | 'dimensions'>,
): Promise<void> {
  await tx`
    update meters set name = ${meter.name}, value_property = ${meter.valueProperty},
      filters = ${tx.json(meter.filters as never)}, dimensions = ${[...meter.dimensions]}::text[], revision = revision + 1
    where id = ${meter.id}`;
}

/** Ids of the tenant's meters among `keys`, by key. */
export async function meterIdsByKey(
  tx: Tx,
  tenantId: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx<{ key: string; id: string }[]>`
    select key, id from meters where tenant_id = ${tenantId} and key = any(${[...keys]}::text[])`;
  return new Map(rows.map((row) => [row.key, row.id]));
}
