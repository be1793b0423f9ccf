// Owns how subscriptions look from outside, with the items in force.
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type ItemView = {
  readonly id: string;
  readonly priceId: string;
  readonly priceKey: string;
  /** Decimal. */
  readonly quantity: string;
  readonly usageScope: 'customer' | 'subscription';
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
};

export type SubscriptionView = {
  readonly id: string;
  readonly customerId: string;
  readonly planId: string;
  readonly planKey: string;
  readonly planVersionId: string;
  readonly nextPlanVersionId: string | null;
  readonly followsPlan: boolean;
  readonly status: string;
  readonly currency: string;
  readonly zone: string;
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly intervalCount: number;
  readonly anchorAt: string;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly cancelAt: string | null;
  readonly endedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type SubscriptionDetailView = SubscriptionView & { readonly items: readonly ItemView[] };

export type SubscriptionFilter = {
  readonly customerId: string | undefined;
  readonly status: string | undefined;
};

const selected = (tx: Tx) => tx`
  select s.id, s.customer_id as "customerId", v.plan_id as "planId", p.key as "planKey",
    s.plan_version_id as "planVersionId", s.next_plan_version_id as "nextPlanVersionId", s.follows_plan as "followsPlan", s.status, s.currency, s.zone, s.interval,
    s.interval_count as "intervalCount", s.anchor_at as "anchorAt", s.period_start as "periodStart",
    s.period_end as "periodEnd", s.cancel_at as "cancelAt", s.ended_at as "endedAt",
    s.created_at as "createdAt", s.updated_at as "updatedAt"
  from subscriptions s join plan_versions v on v.id = s.plan_version_id join plans p on p.id = v.plan_id`;

/** Newest first. */
export async function listSubscriptions(
  tx: Tx,
  tenantId: string,
  { limit, after, customerId, status }: Slice & SubscriptionFilter,
): Promise<SubscriptionView[]> {
  return await tx<SubscriptionView[]>`
    ${selected(tx)}
    where s.tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and s.id < ${after}`}
      ${customerId === undefined ? tx`` : tx`and s.customer_id = ${customerId}`}
      ${status === undefined ? tx`` : tx`and s.status = ${status}`}
    order by s.id desc limit ${limit + 1}`;
}

export async function findSubscription(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<SubscriptionDetailView | undefined> {
  const [subscription] = await tx<SubscriptionView[]>`
    ${selected(tx)} where s.tenant_id = ${tenantId} and s.id = ${id}`;
  if (subscription === undefined) return undefined;
  const items = await tx<ItemView[]>`
    select distinct on (i.position) i.id, v.price_id as "priceId", r.key as "priceKey",
      trim_scale(v.quantity)::text as quantity, v.usage_scope as "usageScope", v.effective_from as "effectiveFrom",
      v.effective_to as "effectiveTo"
    from items i join item_versions v on v.item_id = i.id join prices r on r.id = v.price_id
    where i.subscription_id = ${id}
    order by i.position, v.effective_from desc`;
  return { ...subscription, items };
}

/** Whose subscription it is; undefined when the tenant has none. */
export async function findSubscriptionOwner(
  tx: Tx,
  tenantId: string,
  id: string,
): Promise<string | undefined> {
  const rows = await tx<{ customerId: string }[]>`
    select customer_id as "customerId" from subscriptions where tenant_id = ${tenantId} and id = ${id}`;
  return rows[0]?.customerId;
}
