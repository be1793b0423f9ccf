// Owns how meters look from outside.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type MeterView = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly eventType: string;
  readonly aggregation: 'count' | 'sum' | 'max' | 'min' | 'latest';
  readonly valueProperty: string | null;
  /** Conditions on properties; actors/usage/meter-filter.ts says what each means. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly dimensions: readonly string[];
  readonly createdAt: string;
};

const columns = (tx: Tx) => tx`
  id, key, name, event_type as "eventType", aggregation, value_property as "valueProperty", filters, dimensions,
  created_at as "createdAt"`;

/** Newest first. */
export async function listMeters(tx: Tx, tenantId: string, { limit, after }: Slice): Promise<MeterView[]> {
  return await tx<MeterView[]>`
    select ${columns(tx)} from meters
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
}

/** By id or key. */
export async function findMeter(tx: Tx, tenantId: string, name: string): Promise<MeterView | undefined> {
  const rows = await tx<MeterView[]>`
    select ${columns(tx)} from meters where tenant_id = ${tenantId} and (id = ${name} or key = ${name})
    order by (id = ${name}) desc limit 1`;
  return rows[0];
}
