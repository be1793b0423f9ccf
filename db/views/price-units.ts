// Owns how price units look from outside, with all their rates.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type PriceUnitView = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** By currency, oldest first. */
  readonly rates: readonly {
    readonly currency: string;
    /** Decimal: major units of the currency for one of the unit. */
    readonly rate: string;
    /** Null: from the beginning. */
    readonly effectiveAt: string | null;
  }[];
  readonly createdAt: string;
};

type UnitRow = Omit<PriceUnitView, 'rates'>;
type RateRow = PriceUnitView['rates'][number] & { readonly unitId: string };

/** Newest first. */
export async function listPriceUnits(
  tx: Tx,
  tenantId: string,
  { limit, after }: Slice,
): Promise<PriceUnitView[]> {
  const units = await tx<UnitRow[]>`
    select id, key, name, created_at as "createdAt" from price_units
    where tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and id < ${after}`}
    order by id desc limit ${limit + 1}`;
  return withRates(tx, units);
}

/** By id or key. */
export async function findPriceUnit(
  tx: Tx,
  tenantId: string,
  name: string,
): Promise<PriceUnitView | undefined> {
  const units = await tx<UnitRow[]>`
    select id, key, name, created_at as "createdAt" from price_units
    where tenant_id = ${tenantId} and (id = ${name} or key = ${name}) order by (id = ${name}) desc limit 1`;
  const [unit] = await withRates(tx, units);
  return unit;
}

async function withRates(tx: Tx, units: readonly UnitRow[]): Promise<PriceUnitView[]> {
  const rates = await tx<RateRow[]>`
    select unit_id as "unitId", currency, trim_scale(rate)::text as rate, effective_at as "effectiveAt"
    from price_unit_rates where unit_id = any(${units.map(({ id }) => id)}::text[])
    order by unit_id, currency, effective_at nulls first`;
  const byUnit = Map.groupBy(rates, ({ unitId }) => unitId);
  return units.map(({ createdAt, ...unit }) => ({
    ...unit,
    rates: (byUnit.get(unit.id) ?? []).map(({ currency, rate, effectiveAt }) => ({
      currency,
      rate,
      effectiveAt,
    })),
    createdAt,
  }));
}
