// Owns how plans look from outside: a plan with its newest version and that version's prices.
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import { type RawRow, toUsagePrice } from '#db/customer-rows.ts';
import type { Tx } from '#db/scope.ts';
import type { Slice } from './read-tenant.ts';

export type PriceView = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly cadence: 'in_advance' | 'in_arrears';
  readonly currency: string;
  /** Key of its meter. */
  readonly meter: string | null;
  readonly meterId: string | null;
  /** The charge model and whichever terms it has. */
} & UsagePrice;

export type PlanView = {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly currency: string;
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly intervalCount: number;
  /** The newest, unless another one is listed; a published version never changes. */
  readonly version: {
    readonly id: string;
    readonly number: number;
    /** For subscriptions that start or follow from then on; null: at once. */
    readonly effectiveAt: string | null;
    readonly publishedAt: string;
  };
  readonly createdAt: string;
  readonly prices: readonly PriceView[];
};

type PlanRow = Omit<PlanView, 'prices' | 'version'> & {
  readonly versionId: string;
  readonly versionNumber: number;
  readonly effectiveAt: string | null;
  readonly publishedAt: string;
};
type PriceRow = Omit<PriceView, keyof UsagePrice | 'currency'> &
  RawRow & { readonly planVersionId: string; readonly currency: string | null };

const columns = (tx: Tx) => tx`
  select p.id, p.key, p.name, v.id as "versionId", v.version as "versionNumber", v.currency, v.interval,
    v.interval_count as "intervalCount", v.effective_at as "effectiveAt",
    v.published_at as "publishedAt", p.created_at as "createdAt"`;

const plansWithVersion = (tx: Tx) => tx`
  ${columns(tx)} from plans p
  cross join lateral (select * from plan_versions v where v.plan_id = p.id order by v.version desc limit 1) v`;

/** Newest first. */
export async function listPlans(tx: Tx, tenantId: string, { limit, after }: Slice): Promise<PlanView[]> {
  const plans = await tx<PlanRow[]>`
    ${plansWithVersion(tx)}
    where p.tenant_id = ${tenantId} ${after === undefined ? tx`` : tx`and p.id < ${after}`}
    order by p.id desc limit ${limit + 1}`;
  return withPrices(tx, plans);
}

/** By id or key. */
export async function findPlan(tx: Tx, tenantId: string, name: string): Promise<PlanView | undefined> {
  const plans = await tx<PlanRow[]>`
    ${plansWithVersion(tx)}
    where p.tenant_id = ${tenantId} and (p.id = ${name} or p.key = ${name})
    order by (p.id = ${name}) desc limit 1`;
  const [plan] = await withPrices(tx, plans);
  return plan;
}

/** All versions of a plan by its id or key, newest first; undefined when there is no such plan. */
export async function listPlanVersions(
  tx: Tx,
  tenantId: string,
  { plan, limit, after }: Slice & { readonly plan: string },
): Promise<PlanView[] | undefined> {
  const versions = await tx<PlanRow[]>`
    ${columns(tx)} from plans p join plan_versions v on v.plan_id = p.id
    where p.tenant_id = ${tenantId} and (p.id = ${plan} or p.key = ${plan})
      ${after === undefined ? tx`` : tx`and v.id < ${after}`}
    order by v.id desc limit ${limit + 1}`;
  // Every plan has a version, so a first page is empty only where there is no plan.
  if (versions.length === 0 && after === undefined) return undefined;
  return withPrices(tx, versions);
}

async function withPrices(tx: Tx, plans: readonly PlanRow[]): Promise<PlanView[]> {
  const prices = await tx<PriceRow[]>`
    select r.plan_version_id as "planVersionId", r.id, r.key, r.name, r.cadence, m.key as meter, r.currency,
      r.meter_id as "meterId", r.model, r.terms
    from prices r left join meters m on m.id = r.meter_id
    where r.plan_version_id = any(${plans.map((plan) => plan.versionId)}::text[]) and r.parent_price_id is null
    order by r.plan_version_id, r.position`;
  const byVersion = Map.groupBy(prices, (price) => price.planVersionId);
  return plans.map(({ versionId, versionNumber, effectiveAt, publishedAt, ...plan }) => ({
    ...plan,
    version: { id: versionId, number: versionNumber, effectiveAt, publishedAt },
    prices: (byVersion.get(versionId) ?? []).map((price) => shown(price, plan.currency)),
  }));
}

function shown({ id, key, name, cadence, meter, meterId, ...row }: PriceRow, usual: string): PriceView {
  const currency = row.currency ?? usual;
  return { id, key, name, cadence, currency, meter, meterId, ...toUsagePrice(row) };
}
