// Owns the writes of a turn to charges, realization runs, invoices and their lines.
import type { Write, WriteContext } from './agreement-writes.ts';

export function writeCharges({ sql, tenantId, wall }: WriteContext, rows: string): Write {
  return sql`
    insert into charges (id, tenant_id, customer_id, subscription_id, item_id, origin, kind, settlement_mode, status, revision,
      currency, price_id, meter_id, scope_id, quantity, rating, service_start, service_end, billed_at, cutoff_at, advance_at,
      late_check_at, sealed_at, booked_amount, booked_quantity, run_count, parked_at, parked_reason, created_at, updated_at)
    select r.id, ${tenantId}, r."customerId", r."subscriptionId", r."itemId", r.origin, r.kind, r."settlementMode", r.status,
      r.revision, r.currency, r."priceId", r."meterId", r."scopeId", r.quantity, r.rating::jsonb, r."serviceStart", r."serviceEnd", r."billedAt",
      r."cutoffAt", r."advanceAt", r."lateCheckAt", r."sealedAt", r."bookedAmount", r."bookedQuantity", r."runCount",
      r."parkedAt", r."parkedReason", r."createdAt", ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "subscriptionId" text, "itemId" text,
      origin text, kind text, "settlementMode" text, status text, revision integer, currency text, "priceId" text,
      "meterId" text, "scopeId" text, quantity numeric, rating json, "serviceStart" timestamptz, "serviceEnd" timestamptz,
      "billedAt" timestamptz, "cutoffAt" timestamptz, "advanceAt" timestamptz, "lateCheckAt" timestamptz,
      "sealedAt" timestamptz, "bookedAmount" bigint, "bookedQuantity" numeric, "runCount" integer,
      "parkedAt" timestamptz, "parkedReason" text, "createdAt" timestamptz)
    on conflict (id) do update set status = excluded.status, service_end = excluded.service_end,
      rating = excluded.rating, billed_at = excluded.billed_at, cutoff_at = excluded.cutoff_at, advance_at = excluded.advance_at,
      late_check_at = excluded.late_check_at, sealed_at = excluded.sealed_at, booked_amount = excluded.booked_amount,
      booked_quantity = excluded.booked_quantity, run_count = excluded.run_count, parked_at = excluded.parked_at,
      parked_reason = excluded.parked_reason, updated_at = excluded.updated_at`;
}

export function writeRuns({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into realization_runs (id, tenant_id, customer_id, charge_id, number, kind, status, period_end, cutoff_at, quantity,
      event_count, list_amount, booked_amount, explanation, line_id, disposition, created_at, completed_at)
    select r.id, ${tenantId}, r."customerId", r."chargeId", r.number, r.kind, r.status, r."periodEnd", r."cutoffAt", r.quantity,
      r."eventCount", r."listAmount", r."bookedAmount", r.explanation::jsonb, r."lineId", r.disposition, r."createdAt", r."completedAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "chargeId" text, number integer,
      kind text, status text, "periodEnd" timestamptz, "cutoffAt" timestamptz, quantity numeric, "eventCount" bigint,
      "listAmount" bigint, "bookedAmount" bigint, explanation json, "lineId" text, disposition text,
      "createdAt" timestamptz, "completedAt" timestamptz)
    on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
      event_count = excluded.event_count, list_amount = excluded.list_amount, booked_amount = excluded.booked_amount,
      explanation = excluded.explanation, line_id = excluded.line_id, disposition = excluded.disposition,
      completed_at = excluded.completed_at`;
}

/** The number at a row's position among those taken, in six digits at least: the million-and-first document has seven. */
export function documentNumber({ sql, prefix }: Pick<WriteContext, 'sql' | 'prefix'>) {
  return sql`${prefix} || r.year || '-' || to_char(n.last_number - n.taken + r."numberPosition", 'FM999999999999000000')`;
}

/** `numbers` is the part that took this turn's numbers from their series. */
export function writeInvoices(
  { sql, tenantId, wall, prefix }: WriteContext,
  rows: string,
  hasNumbers: boolean,
): Write {
  const number = hasNumbers
    ? sql`case when r."numberPosition" is null then r.number else ${documentNumber({ sql, prefix })} end`
    : sql`r.number`;
  const numbers = hasNumbers
    ? sql`left join numbers n on n.legal_entity_id = r."legalEntityId" and n.fiscal_year = r.year`
    : sql``;
  return sql`
    insert into invoices (id, tenant_id, customer_id, legal_entity_id, kind, group_key, boundary_at, currency, status, number,
      collection_method, finalize_at, issued_at, issue_date, due_at, subtotal, tax, total, amount_paid, next_attempt_at,
      decline_count, paid_at, created_at, updated_at)
    select r.id, ${tenantId}, r."customerId", r."legalEntityId", r.kind, r."groupKey", r."boundaryAt", r.currency, r.status,
      ${number}, r."collectionMethod", r."finalizeAt", r."issuedAt", r."issueDate", r."dueAt", r.subtotal, r.tax,
      r.total, r."amountPaid", r."nextAttemptAt", r."declineCount", r."paidAt", r."createdAt", ${wall}::timestamptz
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "legalEntityId" text, kind text,
      "groupKey" text, "boundaryAt" timestamptz, currency text, status text, number text, "numberPosition" bigint,
      year integer, "collectionMethod" text, "finalizeAt" timestamptz, "issuedAt" timestamptz, "issueDate" date,
      "dueAt" timestamptz, subtotal bigint, tax bigint, total bigint, "amountPaid" bigint, "nextAttemptAt" timestamptz,
      "declineCount" integer, "paidAt" timestamptz, "createdAt" timestamptz) ${numbers}
    on conflict (id) do update set kind = excluded.kind, boundary_at = excluded.boundary_at, status = excluded.status,
      number = excluded.number, finalize_at = excluded.finalize_at, issued_at = excluded.issued_at,
      issue_date = excluded.issue_date, due_at = excluded.due_at, subtotal = excluded.subtotal, tax = excluded.tax,
      total = excluded.total, amount_paid = excluded.amount_paid, next_attempt_at = excluded.next_attempt_at,
      decline_count = excluded.decline_count, paid_at = excluded.paid_at, updated_at = excluded.updated_at`;
}

export function writeLines({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into invoice_lines (id, tenant_id, customer_id, invoice_id, position, kind, description, subscription_id, charge_id,
      run_id, component, price_id, quantity, unit_amount, amount, currency, service_start, service_end, frozen, created_at)
    select r.id, ${tenantId}, r."customerId", r."invoiceId", r.position, r.kind, r.description, r."subscriptionId",
      r."chargeId", r."runId", r.component, r."priceId", r.quantity, r."unitAmount", r.amount, r.currency, r."serviceStart",
      r."serviceEnd", r.frozen, r."createdAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "invoiceId" text, position integer,
      kind text, description text, "subscriptionId" text, "chargeId" text, "runId" text, component text, "priceId" text,
      quantity numeric, "unitAmount" numeric, amount bigint, currency text, "serviceStart" timestamptz,
      "serviceEnd" timestamptz, frozen boolean, "createdAt" timestamptz)
    on conflict (id) do update set invoice_id = excluded.invoice_id, position = excluded.position, frozen = excluded.frozen`;
}

/** Takes the turn's numbers: one counter row per series, locked from here to the commit that follows (ruling R20). */
export function takeNumbers({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into number_series as s (tenant_id, legal_entity_id, document_type, fiscal_year, last_number)
    select ${tenantId}, r.entity, 'invoice', r.year, r.count
    from json_to_recordset(${rows}::text::json) as r(entity text, year integer, count bigint) order by r.entity, r.year
    on conflict (tenant_id, legal_entity_id, document_type, fiscal_year)
      do update set last_number = s.last_number + excluded.last_number
    returning legal_entity_id, fiscal_year, last_number`;
}
