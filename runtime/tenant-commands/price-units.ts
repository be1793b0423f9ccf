// Owns price_unit.create and price_unit.set_rate: what one unit costs, from when on.
import { refuseRate, refuseUnit } from '#actors/decisions/tenant-price-unit.ts';
import { reject } from '#actors/rejection.ts';
import { insertPriceUnit, insertUnitRates, unitsByKey, unitWithLastRate } from '#db/price-units.ts';
import { findPriceUnit } from '#db/views/price-units.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';

export async function createPriceUnit(
  context: TenantContext,
  payload: CommandPayload<'price_unit.create'>,
): Promise<Applied> {
  const { tx, tenant, nowText } = context;
  const keyTaken = (await unitsByKey(tx, tenant.id, [payload.key])).size > 0;
  const refusal = refuseUnit(payload, { keyTaken });
  if (refusal !== undefined) return { outcome: refusal };
  const id = context.ids('pun');
  const made = { tenantId: tenant.id, at: nowText };
  await insertPriceUnit(tx, { id, ...payload }, made);
  const rates = payload.rates.map((rate) => ({ ...rate, effectiveAt: null }));
  await insertUnitRates(tx, { unitId: id, rates }, made);
  return tell(context, id, 'billing.price_unit.created');
}

export async function setUnitRate(
  context: TenantContext,
  payload: CommandPayload<'price_unit.set_rate'>,
): Promise<Applied> {
  const { tx, tenant, nowText } = context;
  const found = await unitWithLastRate(tx, tenant.id, payload);
  if (found === undefined)
    return { outcome: reject('price_unit_not_found', `there is no price unit ${payload.unit}`, '/unit') };
  const { currency, rate, effectiveAt } = payload;
  const refusal = refuseRate({ ...payload, effectiveAt }, found.last);
  if (refusal !== undefined) return { outcome: refusal };
  const rates = [{ currency, rate, effectiveAt: effectiveAt ?? null }];
  await insertUnitRates(tx, { unitId: found.id, rates }, { tenantId: tenant.id, at: nowText });
  return tell(context, found.id, 'billing.price_unit.rate_set');
}

async function tell(
  context: TenantContext,
  id: string,
  type: 'billing.price_unit.created' | 'billing.price_unit.rate_set',
): Promise<Applied> {
  const data = await findPriceUnit(context.tx, context.tenant.id, id);
  if (data === undefined) throw new Error(`the price unit ${id} is not there`);
  await emit(context, { type, objectType: 'price_unit', objectId: id, data });
  return done(data);
}
