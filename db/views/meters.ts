// Owns how meters look from outside.
import type { Aggregation } from '#actors/usage/aggregation.ts';
import type { MeterSettings } from '#actors/usage/meter-settings.ts';
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type MeterView = MeterSettings & {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  readonly valueProperty: string | null;
  /** Conditions on properties; actors/usage/meter-filter.ts says what each means. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly dimensions: readonly string[];
  readonly createdAt: string;
};

const columns = (tx: Tx) => tx`
  id, key, name, event_type as "eventType", aggregation, value_property as "valueProperty", filters, dimensions,
  created_at as "createdAt", settings`;

type MeterRow = Omit<MeterView, keyof MeterSettings> & { readonly settings: MeterSettings };

function viewOf({ settings, ...row }: MeterRow): MeterView {
  return { ...row, ...settings };
}

/** Newest first. */
export async function listMeters(tx: Tx, tenantId: string, { limit, after }: Slice): Promise<MeterView[]> {
  const rows = await tx<MeterRow[]>`
    select ${columns(tx)} from meters
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
  return rows.map(viewOf);
}

/** By id or key. */
export async function findMeter(tx: Tx, tenantId: string, name: string): Promise<MeterView | undefined> {
  const rows = await tx<MeterRow[]>`
    select ${columns(tx)} from meters where tenant_id = ${tenantId} and (id = ${name} or key = ${name})
    order by (id = ${name}) desc limit 1`;
  const [row] = rows;
  return row === undefined ? undefined : viewOf(row);
}
