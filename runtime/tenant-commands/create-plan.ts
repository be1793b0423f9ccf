// Owns plan.create: a plan with its first version, published at once.
import { decidePlan } from '#actors/decisions/tenant-plan.ts';
import { insertPlan, insertVersion, isPlanKeyTaken } from '#db/plan-catalog.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';
import { knownTo } from './plan-facts.ts';
import { planSnapshot } from './plan-snapshot.ts';

export async function createPlan(
  context: TenantContext,
  payload: CommandPayload<'plan.create'>,
): Promise<Applied> {
  const { tx, tenant, ids, nowText } = context;
  const decision = decidePlan(payload, {
    keyTaken: await isPlanKeyTaken(tx, tenant.id, payload.key),
    ...(await knownTo(tx, tenant.id, payload.prices)),
  });
  if (!decision.ok) return { outcome: decision };

  const { key, name, currency, interval, intervalCount } = decision.plan;
  const prices = decision.plan.prices.map((decided) => ({ ...decided, id: ids('prc') }));
  const plan = { id: ids('pln'), key, name };
  const terms = { number: 1, currency, interval, intervalCount, effectiveAt: null, prices };
  const version = { id: ids('plv'), planId: plan.id, ...terms };
  const made = { tenantId: tenant.id, at: nowText };
  await insertPlan(tx, plan, made);
  await insertVersion(tx, version, made);
  const data = planSnapshot({ ...plan, createdAt: nowText }, version, nowText);
  await emit(context, { type: 'billing.plan.created', objectType: 'plan', objectId: plan.id, data });
  return done(data);
}
