// Owns writing units that prices are in with their dated rates, and reading the one in force.
import type { UnitRateNeed } from '#actors/state/facts.ts';
import type { UnitRate } from '#actors/state/run-explanation.ts';
import type { Sql, Tx } from './scope.ts';

export type NewRate = {
  readonly currency: string;
  /** Decimal. */
  readonly rate: string;
  /** RFC 3339; null: from the beginning. */
  readonly effectiveAt: string | null;
};

type Made = { readonly tenantId: string; readonly at: string };

export async function insertPriceUnit(
  tx: Tx,
  unit: { readonly id: string; readonly key: string; readonly name: string },
  { tenantId, at }: Made,
): Promise<void> {
  await tx`
    insert into price_units (id, tenant_id, key, name, created_at)
    values (${unit.id}, ${tenantId}, ${unit.key}, ${unit.name}, ${at})`;
}

export async function insertUnitRates(
  tx: Tx,
  { unitId, rates }: { readonly unitId: string; readonly rates: readonly NewRate[] },
  { tenantId, at }: Made,
): Promise<void> {
  await tx`
    insert into price_unit_rates (unit_id, tenant_id, currency, rate, effective_at, created_at)
    select ${unitId}, ${tenantId}, r.currency, r.rate, r.effective_at, ${at}
    from unnest(${rates.map((rate) => rate.currency)}::text[], ${rates.map((rate) => rate.rate)}::text[]::numeric[],
      ${rates.map((rate) => rate.effectiveAt)}::text[]::timestamptz[]) as r (currency, rate, effective_at)`;
}

/** Currencies that the tenant's units among `keys` have a rate in, by key. */
export async function unitsByKey(
  tx: Tx,
  tenantId: string,
  keys: readonly string[],
): Promise<Map<string, { readonly currencies: readonly string[] }>> {
  if (keys.length === 0) return new Map();
  const rows = await tx<{ key: string; currencies: string[] }[]>`
    select u.key, array_agg(distinct r.currency) as currencies
    from price_units u join price_unit_rates r on r.unit_id = u.id
    where u.tenant_id = ${tenantId} and u.key = any(${[...keys]}::text[]) group by u.key`;
  return new Map(rows.map(({ key, currencies }) => [key, { currencies }]));
}

/** The unit by its id or key, with when its last rate in the currency comes into force; undefined: it has none there. */
export async function unitWithLastRate(
  tx: Tx,
  tenantId: string,
  { unit, currency }: { readonly unit: string; readonly currency: string },
): Promise<{ readonly id: string; readonly last: string | null | undefined } | undefined> {
  const [found] = await tx<{ id: string; rates: number; last: string | null }[]>`
    select u.id, count(r.unit_id)::integer as rates, max(r.effective_at) as last
    from price_units u left join price_unit_rates r on r.unit_id = u.id and r.currency = ${currency}
    where u.tenant_id = ${tenantId} and (u.id = ${unit} or u.key = ${unit})
    group by u.id order by (u.id = ${unit}) desc limit 1`;
  return found && { id: found.id, last: found.rates === 0 ? undefined : found.last };
}

/** Throws when there is none: plans take only units that have a rate from the beginning in their currency. */
export async function unitRateAt(
  sql: Sql | Tx,
  tenantId: string,
  { unit, currency, at }: Omit<UnitRateNeed, 'kind'>,
): Promise<UnitRate> {
  const [found] = await sql<{ rate: string; since: string | null }[]>`
    select trim_scale(r.rate)::text as rate, r.effective_at as since
    from price_units u join price_unit_rates r on r.unit_id = u.id
    where u.tenant_id = ${tenantId} and u.key = ${unit} and r.currency = ${currency}
      and (r.effective_at is null or r.effective_at <= ${String(at)}::timestamptz)
    order by r.effective_at desc nulls last limit 1`;
  if (found === undefined) throw new Error(`the price unit ${unit} has no rate in ${currency}`);
  return { unit, ...found };
}
