// Owns the writes of a turn to payment attempts, payments, allocations and the ledger.
import type { Write, WriteContext } from './agreement-writes.ts';

export function writeAttempts({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into payment_attempts (id, tenant_id, customer_id, invoice_id, number, status, amount, currency, gateway,
      payment_method_id, token, provider_key, provider_reference, decline_code, decline_message, epoch, next_call_at,
      created_at, settled_at)
    select r.id, ${tenantId}, r."customerId", r."invoiceId", r.number, r.status, r.amount, r.currency, r.gateway,
      r."paymentMethodId", r.token, r."providerKey", r."providerReference", r."declineCode", r."declineMessage", r.epoch,
      r."nextCallAt", r."createdAt", r."settledAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "invoiceId" text, number integer,
      status text, amount bigint, currency text, gateway text, "paymentMethodId" text, token text, "providerKey" text,
      "providerReference" text, "declineCode" text, "declineMessage" text, epoch integer, "nextCallAt" timestamptz,
      "createdAt" timestamptz, "settledAt" timestamptz)
    on conflict (id) do update set status = excluded.status, provider_reference = excluded.provider_reference,
      decline_code = excluded.decline_code, decline_message = excluded.decline_message,
      next_call_at = excluded.next_call_at, settled_at = excluded.settled_at, lease_until = null`;
}

export function writePayments({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into payments (id, tenant_id, customer_id, gateway, reference, attempt_id, amount, currency, received_at)
    select r.id, ${tenantId}, r."customerId", r.gateway, r.reference, r."attemptId", r.amount, r.currency, r."receivedAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, gateway text, reference text,
      "attemptId" text, amount bigint, currency text, "receivedAt" timestamptz)`;
}

export function writeAllocations({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into payment_allocations (id, tenant_id, customer_id, payment_id, invoice_id, amount, created_at)
    select r.id, ${tenantId}, r."customerId", r."paymentId", r."invoiceId", r.amount, r."createdAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "customerId" text, "paymentId" text, "invoiceId" text,
      amount bigint, "createdAt" timestamptz)`;
}

export function writeJournals({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into journals (id, tenant_id, legal_entity_id, customer_id, kind, source, posted_at)
    select r.id, ${tenantId}, r."legalEntityId", r."customerId", r.kind, r.source, r."postedAt"
    from json_to_recordset(${rows}::text::json) as r(id text, "legalEntityId" text, "customerId" text, kind text,
      source text, "postedAt" timestamptz)`;
}

export function writePostings({ sql, tenantId }: WriteContext, rows: string): Write {
  return sql`
    insert into postings (journal_id, position, tenant_id, legal_entity_id, customer_id, account, amount, currency,
      invoice_id, line_id, service_start, service_end)
    select r."journalId", r.position, ${tenantId}, r."legalEntityId", r."customerId", r.account, r.amount, r.currency,
      r."invoiceId", r."lineId", r."serviceStart", r."serviceEnd"
    from json_to_recordset(${rows}::text::json) as r("journalId" text, position integer, "legalEntityId" text,
      "customerId" text, account text, amount bigint, currency text, "invoiceId" text, "lineId" text,
      "serviceStart" timestamptz, "serviceEnd" timestamptz)`;
}
