// Owns plan.create: a plan with its first version, published at once.
import { decidePlan } from '#actors/decisions/tenant-plan.ts';
import { insertPlan, isPlanKeyTaken, meterIdsByKey } from '#db/catalog.ts';
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
    meters: await meterIdsByKey(tx, tenant.id, meterKeys),
  });
  if (!decision.ok) return { outcome: decision };

  const { key, name, currency, interval, intervalCount } = decision.plan;
  const prices = decision.plan.prices.map((price) => ({ ...price, id: ids('prc') }));
  const id = ids('pln');
  const versionId = ids('plv');
  const terms = { key, name, currency, interval, intervalCount };
  await insertPlan(tx, { id, versionId, tenantId: tenant.id, ...terms, prices, createdAt: nowText });
  const data = {
    id,
    ...terms,
    version: { id: versionId, number: 1, publishedAt: nowText },
    prices: prices.map(({ meter, meterId, ...price }) => ({ ...price, meter: meter ?? null, meterId })),
    createdAt: nowText,
  };
  await emit(context, { type: 'billing.plan.created', objectType: 'plan', objectId: id, data });
  return done(data);
}
