// Owns plan.publish_version: new prices of a plan. Running subscriptions stay on theirs unless they follow or are moved.
import { decidePrices } from '#actors/decisions/tenant-plan.ts';
import { reject } from '#actors/rejection.ts';
import { insertVersion, newestVersion } from '#db/plan-catalog.ts';
import type { CommandPayload } from '#runtime/commands/registry.ts';
import { type Applied, done, emit, type TenantContext } from './context.ts';
import { knownTo } from './plan-facts.ts';
import { planSnapshot } from './plan-snapshot.ts';

export async function publishVersion(
  context: TenantContext,
  payload: CommandPayload<'plan.publish_version'>,
): Promise<Applied> {
  const { tx, tenant, ids, nowText } = context;
  const before = await newestVersion(tx, tenant.id, payload.plan);
  if (before === undefined)
    return { outcome: reject('plan_not_found', `there is no plan ${payload.plan}`, '/plan') };
  const { currency = before.currency, interval = before.interval, effectiveAt = null } = payload;
  const { intervalCount = before.intervalCount } = payload;
  if (isBefore(effectiveAt, before.effectiveAt)) {
    const reason = `version ${before.number} is effective from ${before.effectiveAt}`;
    return { outcome: reject('version_out_of_order', reason, '/effectiveAt') };
  }
  const request = { currency, interval, intervalCount, prices: payload.prices };
  const decided = decidePrices(request, await knownTo(tx, tenant.id, payload.prices));
  if ('ok' in decided) return { outcome: decided };

  const prices = decided.map((price) => ({ ...price, id: ids('prc') }));
  const { planId } = before;
  const number = before.number + 1;
  const version = { id: ids('plv'), planId, number, currency, interval, intervalCount, effectiveAt, prices };
  await insertVersion(tx, version, { tenantId: tenant.id, at: nowText });
  const { key, name, createdAt } = before;
  const data = planSnapshot({ id: planId, key, name, createdAt }, version, nowText);
  await emit(context, {
    type: 'billing.plan.version_published',
    objectType: 'plan',
    objectId: planId,
    data,
  });
  return done(data);
}

/** Versions come into force in their order: an earlier one would never hold. */
function isBefore(at: string | null, before: string | null): boolean {
  if (before === null) return false;
  return (
    at === null || Temporal.Instant.compare(Temporal.Instant.from(at), Temporal.Instant.from(before)) < 0
  );
}
