// Owns plan.create: a plan with its first version, published at once.
import { decidePlan } from '#actors/decisions/tenant-plan.ts';
import { insertPlan, isPlanKeyTaken, metersByKey } from '#db/plan-catalog.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';

export async function createPlan(
  context: TenantContext,
  payload: CommandPayload<'plan.create'>,
): Promise<Applied> {
  const { tx, tenant, ids, nowText } = context;
  const meterKeys = payload.prices.flatMap((price) => price.meter ?? []);
  const decision = decidePlan(payload, {
    keyTaken: await isPlanKeyTaken(tx, tenant.id, payload.key),
    meters: await metersByKey(tx, tenant.id, meterKeys),
  });
  if (!decision.ok) return { outcome: decision };

  const { key, name, currency, interval, intervalCount } = decision.plan;
  const prices = decision.plan.prices.map((decided) => ({ ...decided, id: ids('prc') }));
  const id = ids('pln');
  const versionId = ids('plv');
  const terms = { key, name, currency, interval, intervalCount };
  const rows = prices.map(({ price: { model, ...rest }, ...price }) => ({
    ...price,
    model,
    terms: Object.keys(rest).length === 0 ? null : rest,
  }));
  await insertPlan(tx, { id, versionId, tenantId: tenant.id, ...terms, prices: rows, createdAt: nowText });
  const data = {
    id,
    ...terms,
    version: { id: versionId, number: 1, publishedAt: nowText },
    prices: prices.map(({ meter, meterId, price, ...rest }) => ({
      ...rest,
      meter: meter ?? null,
      meterId,
      ...price,
    })),
    createdAt: nowText,
  };
  await emit(context, { type: 'billing.plan.created', objectType: 'plan', objectId: id, data });
  return done(data);
}
