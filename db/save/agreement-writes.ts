// Owns the writes of a turn to customers, payment methods, subscriptions and their items.
import type { Sql } from '#db/scope.ts';

/** A part of the statement that saves a turn. */
export type Write = ReturnType<typeof fragment>;
export type WriteContext = { sql: Sql; tenantId: string; wall: string; prefix: string; tag: string };

/** Types a nested query that is never run by itself. */
export function fragment(sql: Sql) {
  return sql``;
}

export function writeCustomers({ sql, wall }: WriteContext, rows: string): Write {
  return sql`
    update customers c set sequence = r.sequence, due_at = r."dueAt", closed_through = r."closedThrough",
      parked_at = r."parkedAt", parked_reason = r."parkedReason", updated_at = ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, sequence bigint, "dueAt" timestamptz,
      "closedThrough" timestamptz, "parkedAt" timestamptz, "parkedReason" text)
    where c.id = r.id`;
}

export function writePaymentMethods({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into payment_methods (id, tenant_id, customer_id, gateway, token, brand, last4, is_default, created_at)
    select r.id, ${tenantId}, r."customerId", r.gateway, r.token, r.brand, r.last4, r."isDefault", r."createdAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, gateway text, token text, brand text,
      last4 text, "isDefault" boolean, "createdAt" timestamptz)
    on conflict (id) do update set is_default = excluded.is_default`;
}

export function writeSubscriptions({ sql, tenantId, wall }: WriteContext, rows: string): Write {
  return sql`
    insert into subscriptions (id, tenant_id, customer_id, plan_version_id, status, currency, zone, interval, interval_count,
      anchor_at, period_index, period_start, period_end, cancel_at, ended_at, follows_plan, next_plan_version_id, created_at,
      updated_at)
    select r.id, ${tenantId}, r."customerId", r."planVersionId", r.status, r.currency, r.zone, r.interval, r."intervalCount",
      r."anchorAt", r."periodIndex", r."periodStart", r."periodEnd", r."cancelAt", r."endedAt", r."followsPlan",
      r."nextPlanVersionId", r."createdAt", ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "planVersionId" text, status text,
      currency text, zone text, interval text, "intervalCount" integer, "anchorAt" timestamptz, "periodIndex" integer,
      "periodStart" timestamptz, "periodEnd" timestamptz, "cancelAt" timestamptz, "endedAt" timestamptz, "followsPlan" boolean,
      "nextPlanVersionId" text, "createdAt" timestamptz)
    on conflict (id) do update set plan_version_id = excluded.plan_version_id, status = excluded.status, period_index = excluded.period_index,
      period_start = excluded.period_start, period_end = excluded.period_end, cancel_at = excluded.cancel_at,
      ended_at = excluded.ended_at, follows_plan = excluded.follows_plan,
      next_plan_version_id = excluded.next_plan_version_id, updated_at = excluded.updated_at`;
}

/** Prices agreed with one customer: written once, next to the price that they stand in for. */
export function writeAgreedPrices({ sql, tenantId, wall }: WriteContext, rows: string): Write {
  return sql`
    insert into prices (id, tenant_id, plan_version_id, position, key, name, cadence, meter_id, model, terms, currency,
      customer_id, parent_price_id, created_at)
    select r.id, ${tenantId}, p.plan_version_id, p.position, p.key, p.name, p.cadence, p.meter_id, r.price->'model',
      nullif(r.price - 'model', '{}'), p.currency, r."customerId", p.id, ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "parentPriceId" text, price jsonb)
    join prices p on p.id = r."parentPriceId"`;
}

export function writeItems({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into items (id, tenant_id, customer_id, subscription_id, position)
    select r.id, ${tenantId}, r."customerId", r."subscriptionId", r.position
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "subscriptionId" text, position integer)`;
}

export function writeItemVersions({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into item_versions (id, tenant_id, customer_id, item_id, price_id, meter_id, quantity, usage_scope,
      effective_from, effective_to)
    select r.id, ${tenantId}, r."customerId", r."itemId", r."priceId", r."meterId", r.quantity, r."usageScope",
      r."effectiveFrom", r."effectiveTo"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "itemId" text, "priceId" text,
      "meterId" text, quantity numeric, "usageScope" text, "effectiveFrom" timestamptz, "effectiveTo" timestamptz)
    on conflict (id) do update set effective_to = excluded.effective_to`;
}
