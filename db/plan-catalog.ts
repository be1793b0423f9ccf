// Owns writing what is sold: plans, their versions and prices, and the facts that publishing them depends on.
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import type { MeterSettings } from '#actors/usage/meter-settings.ts';
import type { Tx } from './scope.ts';

/** What a price needs to know of its meter. */
export type MeterFact = {
  readonly id: string;
  readonly aggregation: string;
  readonly dimensions: readonly string[];
  readonly settings: MeterSettings;
};

/** The tenant's meters among `keys`, by key. */
export async function metersByKey(
  tx: Tx,
  tenantId: string,
  keys: readonly string[],
): Promise<Map<string, MeterFact>> {
  const rows = await tx<(MeterFact & { key: string })[]>`
    select key, id, aggregation, dimensions, settings from meters
    where tenant_id = ${tenantId} and key = any(${[...keys]}::text[])`;
  return new Map(rows.map(({ key, ...meter }) => [key, meter]));
}

export async function isPlanKeyTaken(tx: Tx, tenantId: string, key: string): Promise<boolean> {
  const rows = await tx`select 1 from plans where tenant_id = ${tenantId} and key = ${key}`;
  return rows.length > 0;
}

export type NewPlanRow = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
};

export type NewVersionRow = {
  readonly id: string;
  readonly planId: string;
  readonly number: number;
  readonly currency: string;
  readonly interval: string;
  readonly intervalCount: number;
  /** RFC 3339; null: at once. */
  readonly effectiveAt: string | null;
  readonly prices: readonly NewPriceRow[];
};

export type NewPriceRow = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly cadence: string;
  readonly meterId: string | null;
  /** Undefined: the version's. */
  readonly currency?: string | undefined;
  readonly price: UsagePrice;
};

type Made = { readonly tenantId: string; readonly at: string };

export async function insertPlan(tx: Tx, plan: NewPlanRow, { tenantId, at }: Made): Promise<void> {
  await tx`
    insert into plans (id, tenant_id, key, name, created_at)
    values (${plan.id}, ${tenantId}, ${plan.key}, ${plan.name}, ${at})`;
}

/** Inserts a version of a plan, published at once, and its prices. */
export async function insertVersion(tx: Tx, version: NewVersionRow, { tenantId, at }: Made): Promise<void> {
  await tx`
    insert into plan_versions (id, tenant_id, plan_id, version, currency, interval, interval_count, effective_at, published_at,
      created_at)
    values (${version.id}, ${tenantId}, ${version.planId}, ${version.number}, ${version.currency}, ${version.interval},
      ${version.intervalCount}, ${version.effectiveAt}, ${at}, ${at})`;
  const column = <T>(of: (price: NewPriceRow) => T): T[] => version.prices.map(of);
  const terms = ({ price }: NewPriceRow): string | null => {
    const { model: _, ...rest } = price;
    return Object.keys(rest).length === 0 ? null : JSON.stringify(rest);
  };
  await tx`
    insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, currency, model, terms,
      created_at)
    select n.id, ${tenantId}, ${version.id}, n.position, n.key, n.name, n.cadence, n.meter_id, n.currency, n.model::jsonb,
      n.terms::jsonb, ${at}
    from unnest(${column((p) => p.id)}::text[], ${column((p) => p.key)}::text[], ${column((p) => p.name)}::text[],
      ${column((p) => p.cadence)}::text[], ${column((p) => p.meterId)}::text[],
      ${column((p) => p.currency ?? null)}::text[], ${column((p) => JSON.stringify(p.price.model))}::text[],
      ${column(terms)}::text[])
      with ordinality as n (id, key, name, cadence, meter_id, currency, model, terms, position)`;
}

export type NewestVersion = {
  readonly planId: string;
  readonly key: string;
  readonly name: string;
  readonly createdAt: string;
  readonly number: number;
  readonly currency: string;
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly intervalCount: number;
  readonly effectiveAt: string | null;
};

/** The newest version of a plan by its id or key. */
export async function newestVersion(
  tx: Tx,
  tenantId: string,
  plan: string,
): Promise<NewestVersion | undefined> {
  const [found] = await tx<NewestVersion[]>`
    select p.id as "planId", p.key, p.name, p.created_at as "createdAt", v.version as number, v.currency, v.interval,
      v.interval_count as "intervalCount", v.effective_at as "effectiveAt"
    from plans p join plan_versions v on v.plan_id = p.id
    where p.tenant_id = ${tenantId} and (p.id = ${plan} or p.key = ${plan})
    order by (p.id = ${plan}) desc, v.version desc limit 1`;
  return found;
}
