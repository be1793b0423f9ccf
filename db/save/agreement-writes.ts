// Owns the writes of a turn to customers, payment methods, subscriptions and their items.

/** Where a part of the saving statement finds what it needs: each is a piece of SQL. */
export type Place = {
  /** The rows, as a from item called r. */
  readonly from: string;
  /** Parameters: the tenant, and system time. */
  readonly tenant: string;
  readonly wall: string;
  /** The text of a row's document number, where numbers were taken. */
  readonly number: string | undefined;
};

/** How rows of one type are written: those that a turn made, and those that it changed. */
export type Writer = {
  readonly added?: (place: Place) => string;
  readonly changed?: (place: Place) => string;
};

export const customerWriter: Writer = {
  changed: ({ from, wall }) => `
    update customers c set sequence = r.sequence, due_at = r.due_at, closed_through = r.closed_through,
      parked_at = r.parked_at, parked_reason = r.parked_reason, updated_at = ${wall}
    from ${from} where c.id = r.id`,
};

export const paymentMethodWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into payment_methods (id, tenant_id, customer_id, gateway, token, brand, last4, is_default, created_at)
    select r.id, ${tenant}, r.customer_id, r.gateway, r.token, r.brand, r.last4, r.is_default, r.created_at from ${from}`,
  changed: ({ from }) => `
    update payment_methods m set is_default = r.is_default from ${from} where m.id = r.id`,
};

export const subscriptionWriter: Writer = {
  added: ({ from, tenant, wall }) => `
    insert into subscriptions (id, tenant_id, customer_id, plan_version_id, status, currency, zone, interval, interval_count,
      anchor_at, period_index, period_start, period_end, cancel_at, ended_at, follows_plan, next_plan_version_id, created_at,
      updated_at)
    select r.id, ${tenant}, r.customer_id, r.plan_version_id, r.status, r.currency, r.zone, r.interval, r.interval_count,
      r.anchor_at, r.period_index, r.period_start, r.period_end, r.cancel_at, r.ended_at, r.follows_plan,
      r.next_plan_version_id, r.created_at, ${wall} from ${from}`,
  changed: ({ from, wall }) => `
    update subscriptions s set plan_version_id = r.plan_version_id, status = r.status, period_index = r.period_index,
      period_start = r.period_start, period_end = r.period_end, cancel_at = r.cancel_at, ended_at = r.ended_at,
      follows_plan = r.follows_plan, next_plan_version_id = r.next_plan_version_id, updated_at = ${wall}
    from ${from} where s.id = r.id`,
};

export const itemWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into items (id, tenant_id, customer_id, subscription_id, position)
    select r.id, ${tenant}, r.customer_id, r.subscription_id, r.position from ${from}`,
};

export const itemVersionWriter: Writer = {
  added: ({ from, tenant }) => `
    insert into item_versions (id, tenant_id, customer_id, item_id, price_id, meter_id, quantity, usage_scope,
      effective_from, effective_to, usage_group, subscription_id)
    select r.id, ${tenant}, r.customer_id, r.item_id, r.price_id, r.meter_id, r.quantity, r.usage_scope,
      r.effective_from, r.effective_to, r.usage_group, r.subscription_id from ${from}`,
  changed: ({ from }) => `
    update item_versions v set effective_to = r.effective_to from ${from} where v.id = r.id`,
};

/** Prices agreed with one customer: written once, next to the price that they stand in for. */
export const agreedPriceWriter: Writer = {
  added: ({ from, tenant, wall }) => `
    insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, terms, currency,
      customer_id, parent_price_id, created_at)
    select r.id, ${tenant}, p.plan_version_id, p.position, p.key, p.name, p.cadence, p.meter_id, r.price->'model',
      nullif(r.price - 'model', '{}'), p.currency, r.customer_id, p.id, ${wall}
    from ${from} join prices p on p.id = r.parent_price_id`,
};
