// Owns the prices that a customer's subscription to a plan has at a time, those that were agreed with the customer included.
import type { UsagePrice } from '#actors/pricing/usage-price.ts';
import { type RawRow, toUsagePrice } from '#db/customer-rows.ts';
import type { Tx } from '#db/scope.ts';
import type { PriceView } from './plans.ts';

export type Subscribed = {
  readonly subscriptionId: string;
  readonly zone: string;
  readonly currency: string;
  readonly prices: readonly SubscribedPrice[];
};

/** `quantity` is that of the item: what a fee is charged times. */
export type SubscribedPrice = PriceView & {
  readonly quantity: string;
  readonly usageScope: 'customer' | 'subscription';
};

type Row = Omit<SubscribedPrice, keyof UsagePrice> & RawRow;

/** Of several subscriptions the live one, then the newest; undefined when the customer has none to that plan. */
export async function findSubscribedPrices(
  tx: Tx,
  tenantId: string,
  {
    customerId,
    planId,
    at,
  }: { readonly customerId: string; readonly planId: string; readonly at: Temporal.Instant },
): Promise<Subscribed | undefined> {
  const [subscription] = await tx<(Omit<Subscribed, 'prices'> & { readonly since: string })[]>`
    select s.id as "subscriptionId", s.zone, s.currency, greatest(s.anchor_at, ${String(at)}::timestamptz) as since
    from subscriptions s join plan_versions v on v.id = s.plan_version_id
    where s.tenant_id = ${tenantId} and s.customer_id = ${customerId} and v.plan_id = ${planId}
    order by s.ended_at is null desc, s.id desc limit 1`;
  if (subscription === undefined) return undefined;
  const { since, ...found } = subscription;
  const rows = await tx<Row[]>`
    select r.id, r.key, r.name, r.cadence, coalesce(r.currency, ${found.currency}) as currency, m.key as meter,
      r.meter_id as "meterId", r.model, r.terms, trim_scale(i.quantity)::text as quantity, i.usage_scope as "usageScope"
    from (
      select distinct on (i.position) i.position, v.price_id, v.quantity, v.usage_scope, v.effective_to
      from items i join item_versions v on v.item_id = i.id
      where i.subscription_id = ${found.subscriptionId} and v.effective_from <= ${since}::timestamptz
      order by i.position, v.effective_from desc
    ) i join prices r on r.id = i.price_id left join meters m on m.id = r.meter_id
    where i.effective_to is null or i.effective_to > ${since}::timestamptz
    order by i.position`;
  return { ...found, prices: rows.map(shown) };
}

function shown({ id, key, name, cadence, currency, meter, meterId, quantity, usageScope, ...row }: Row) {
  const item = { quantity, usageScope };
  return { id, key, name, cadence, currency, meter, meterId, ...item, ...toUsagePrice(row) };
}
