// Owns writing what is sold: plans, their versions and prices, and the facts that publishing them depends on.
import type { Tx } from './scope.ts';

/** What a price needs to know of its meter. */
export type MeterFact = {
  readonly id: string;
  readonly aggregation: string;
  readonly dimensions: readonly string[];
};

/** The tenant's meters among `keys`, by key. */
export async function metersByKey(
  tx: Tx,
  tenantId: string,
  keys: readonly string[],
): Promise<Map<string, MeterFact>> {
  const rows = await tx<(MeterFact & { key: string })[]>`
    select key, id, aggregation, dimensions from meters
    where tenant_id = ${tenantId} and key = any(${[...keys]}::text[])`;
  return new Map(rows.map(({ key, ...meter }) => [key, meter]));
}

export async function isPlanKeyTaken(tx: Tx, tenantId: string, key: string): Promise<boolean> {
  const rows = await tx`select 1 from plans where tenant_id = ${tenantId} and key = ${key}`;
  return rows.length > 0;
}

export type NewPlanRow = {
  readonly id: string;
  readonly versionId: string;
  readonly tenantId: string;
  readonly key: string;
  readonly name: string;
  readonly currency: string;
  readonly interval: string;
  readonly intervalCount: number;
  readonly createdAt: string;
  readonly prices: readonly NewPriceRow[];
};

export type NewPriceRow = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly cadence: string;
  readonly meterId: string | null;
  readonly model: unknown;
  /** Null without terms. */
  readonly terms: unknown;
};

/** Inserts a plan with its first version, published at once, and that version's prices. */
export async function insertPlan(tx: Tx, plan: NewPlanRow): Promise<void> {
  await tx`
    insert into plans (id, tenant_id, key, name, created_at)
    values (${plan.id}, ${plan.tenantId}, ${plan.key}, ${plan.name}, ${plan.createdAt})`;
  await tx`
    insert into plan_versions (id, tenant_id, plan_id, version, currency, interval, interval_count, published_at, created_at)
    values (${plan.versionId}, ${plan.tenantId}, ${plan.id}, 1, ${plan.currency}, ${plan.interval}, ${plan.intervalCount},
      ${plan.createdAt}, ${plan.createdAt})`;
  const column = <K extends keyof NewPriceRow>(key: K) => plan.prices.map((price) => price[key]);
  await tx`
    insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, terms, created_at)
    select n.id, ${plan.tenantId}, ${plan.versionId}, n.position, n.key, n.name, n.cadence, n.meter_id, n.model::jsonb,
      n.terms::jsonb, ${plan.createdAt}
    from unnest(${column('id')}::text[], ${column('key')}::text[], ${column('name')}::text[], ${column('cadence')}::text[],
      ${column('meterId')}::text[], ${column('model').map((model) => JSON.stringify(model))}::text[],
      ${column('terms').map((terms) => (terms === null ? null : JSON.stringify(terms)))}::text[])
      with ordinality as n (id, key, name, cadence, meter_id, model, terms, position)`;
}
